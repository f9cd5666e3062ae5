# embed.cmake: writes a C++ file that holds the bytes of a file. cmake -DINPUT= -DOUTPUT= -DNAME= -P embed.cmake
file(READ ${INPUT} hex HEX)
string(LENGTH "${hex}" digits)
math(EXPR size "${digits} / 2")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
file(WRITE ${OUTPUT} "extern const unsigned char ${NAME}[${size}];\nextern const unsigned long ${NAME}_size;
const unsigned char ${NAME}[${size}] = {${bytes}};\nconst unsigned long ${NAME}_size = ${size};\n")
