/* The page but for its data, as bytes of the program: a C array of four megabytes takes a compiler minutes. */
    .section .rodata
    .global caviar_page_begin
    .global caviar_page_end
caviar_page_begin:
    .incbin CAVIAR_PAGE
caviar_page_end:
    .section .note.GNU-stack, "", %progbits
