#include "host/cli/command.h"
#include "host/cli/terminal.h"

int main(int argc, char** argv) {
    caviar::cli::Context context = caviar::cli::standard_context();
    return caviar::cli::run({argv + 1, argv + argc}, context);
}
