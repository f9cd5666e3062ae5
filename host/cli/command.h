#pragma once
/// The convention of the command line: one file a command, each with one function
///
///     void add_NAME(CLI::App& app, Context& context);
///
/// that adds the subcommand NAME with its flags and a callback. `command()` makes the subcommand, so that all help looks
/// alike. What the flags are bound to lives in a shared_ptr captured by the callback:
///
///     void add_predict(CLI::App& app, Context& context) {
///         struct Flags { std::string model, data; };
///         auto flags = std::make_shared<Flags>();
///         CLI::App* sub = command(app, "predict", "Predict with a saved model", "caviar predict best.json new.csv\n...");
///         sub->add_option("MODEL", flags->model, "...")->required();
///         sub->callback([flags, &context] { ... context.out << ...; next(context, {{"caviar ...", "what it shows"}}); });
///     }
///
/// A callback returns normally for exit code 0. Any other code is an exception: caviar::Error carries its own (error.h),
/// a CLI::ParseError means 2. Data goes to context.out (stdout), everything said to a person to context.err (stderr).
/// Add the declaration below and the call in commands.cpp, in the order of the help page.

#include "caviar/engine.h"
#include "caviar/error.h"
#include "caviar/sweep.h"

#include <CLI/CLI.hpp>

#include <ostream>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace caviar::cli {

/// What a command knows of the world around it. Lives as long as the program; one thread.
struct Context {
    std::ostream& out;               ///< data
    std::ostream& err;               ///< messages
    bool out_is_terminal = false;
    bool err_is_terminal = false;
    bool out_color = false;          ///< a terminal, and NO_COLOR is not set (no-color.org)
    bool err_color = false;
    int width = 80;                  ///< columns of the terminal; 80 elsewhere
    bool quiet = false;              ///< say nothing but results, warnings and errors
    std::stop_source interrupt{};    ///< asked to stop: by Ctrl-C while an `Interrupt` lives
};

/// Makes a subcommand. `examples`: one command a line, optionally "COMMAND   # what it does"; help begins with them.
CLI::App* command(CLI::App& app, const std::string& name, const std::string& summary, const std::string& examples);

/// Words that completion offers for an option, and help pages do not show. What is allowed, the command itself checks.
CLI::Validator offers(const std::vector<std::string>& words);

/// Commands to try next, with what each is for; said on stderr, unless quiet.
using Suggestions = std::vector<std::pair<std::string, std::string>>;
void next(Context&, const Suggestions&);
/// `text` as one word of a shell command.
std::string shell_word(const std::string& text);
/// Throws UsageError where `output` is one of the files that are read to make it, by whatever name or link.
void refuse_to_replace(const std::string& output, const std::vector<std::string>& inputs);
/// The files that a study's data come from: nothing may replace them.
std::vector<std::string> data_files(const SweepSettings&);
/// A warning or a note on stderr, in colour where there is one.
void warn(Context&, const std::string& text);
void note(Context&, const std::string& text); ///< silent when quiet

/// --engine, --threads, --isa, --device, bound to `options`.
void add_engine_flags(CLI::App& sub, EngineOptions& options);
/// The engine asked for; says on stderr why `auto` fell back.
std::unique_ptr<Engine> engine_for(Context&, const EngineOptions&);

void add_demo(CLI::App&, Context&);
void add_inspect(CLI::App&, Context&);
void add_sweep(CLI::App&, Context&);
void add_resume(CLI::App&, Context&);
void add_panda(CLI::App&, Context&);
void add_trials(CLI::App&, Context&);
void add_report(CLI::App&, Context&);
void add_export(CLI::App&, Context&);
void add_predict(CLI::App&, Context&);
void add_retune(CLI::App&, Context&);
void add_verify(CLI::App&, Context&);
void add_doctor(CLI::App&, Context&);
void add_bench(CLI::App&, Context&);
void add_completion(CLI::App&, Context&);

/// Runs the program: parses, calls the command, turns exceptions into messages and exit codes.
int run(const std::vector<std::string>& arguments, Context&);

} // namespace caviar::cli
