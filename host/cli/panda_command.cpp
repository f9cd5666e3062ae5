#include "host/cli/command.h"

#include "caviar/model.h"
#include "host/cli/chosen_trial.h"
#include "host/cli/config.h"
#include "host/cli/interrupt.h"
#include "host/cli/panda_live.h"
#include "host/cli/settings.h"
#include "host/cli/sweep_run.h"
#include "host/model/format.h"
#include "host/report/numbers.h"
#include "host/study/folds.h"
#include "host/study/replay.h"
#include "host/study/same_study.h"
#include "host/study/schema.h"
#include "host/study/trained_model.h"

#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>

#include <unistd.h>

namespace caviar::cli {

namespace {

struct PandaFlags {
    std::string what, config, study, trial, script, data;
    SettingFlags settings;
    bool print_config = false, history = false, quiet = false;
};

/// What a session begins with, or goes on with.
struct Beginning {
    std::unique_ptr<Study> study;
    Prepared prepared;
    SweepSettings settings;
    std::unique_ptr<Engine> engine;
    bool fresh = false;
    std::optional<TrialRow> origin; ///< the sweep's trial, with its curve; its epochs are trained first
};

/// A sweep's request with nothing to search.
Request panda_request(const PandaFlags& flags) {
    Request request;
    if (!flags.config.empty()) read_config_file(flags.config, request);
    apply(flags.settings, request);
    request.only = true;
    SamplerOptions one;
    one.name = "random";
    one.seed = request.settings.sampler.seed;
    one.trials = 1;
    request.settings.sampler = one;
    request.settings.scheduler = {};
    request.settings.confirm = {};
    request.settings.repeats = 1;
    for (const Setting& setting : settings()) // a sweep's file says much that is none of a panda's
        if (std::strcmp(setting.section, "search") == 0) request.said.erase(setting.key);
    return request;
}

/// Throws UsageError for a flag that only a new model can heed.
void refuse_settings(const PandaFlags& flags, const std::string& what) {
    std::string given = flags.config.empty() ? "" : "--config";
    for (const Setting& setting : settings()) {
        const auto found = flags.settings.values.find(setting.key);
        if (!is_engine(setting) && found != flags.settings.values.end() && !found->second.empty()) given = setting.flag;
    }
    const SettingFlags& s = flags.settings;
    if (!s.fix.empty()) given = "--set";
    if (!s.epochs.empty()) given = "--epochs";
    if (!s.patience.empty()) given = "--patience";
    if (!s.scaling.empty()) given = "--scaling";
    if (s.header || s.no_header) given = "--header";
    if (!given.empty())
        throw UsageError(given.substr(0, given.find(',')) + ": " + what +
                         " has its settings; the command `set` changes what may change while it trains");
}

/// The one setting of all hyperparameters; throws UsageError where one varies.
Hyperparameters fixed_settings(const SweepSettings& settings) {
    for (const Parameter* parameter : settings.space.varying())
        throw UsageError(parameter->name + " varies, but one model is trained: hold it with --set " + parameter->name +
                         "=VALUE; to search, caviar sweep");
    return settings.space.resolve(settings.space.at(std::vector<double>(settings.space.parameters().size(), 0.0)),
                                  settings.defaults);
}

/// Are there keys and a screen? Otherwise commands are read as a script.
bool is_live(const Context& context, const PandaFlags& flags) {
    return flags.script.empty() && isatty(STDIN_FILENO) == 1 && context.err_is_terminal;
}

/// Opens what is there, if it began alike, or makes it. A script says all from the beginning on, so it wants a new one.
void open_or_create_panda(Beginning& b, const std::string& path, bool live, const Hyperparameters& h, const std::string& origin) {
    std::error_code ignored;
    b.fresh = !std::filesystem::exists(path, ignored);
    if (b.fresh) {
        b.study = panda::Session::create(path, b.settings, b.prepared, *b.engine, h.epochs, origin);
        return;
    }
    if (!live)
        throw UsageError(path + " is there already; to go on with that model: caviar panda " + shell_word(path) +
                         "; to begin another: --study OTHER.db, or remove the file");
    b.study = Study::open(path);
    const panda::Note note = panda::read_note(*b.study);
    std::vector<std::string> differ = differences(settings_from_json(b.study->header().settings), b.settings);
    if (note.first_goal != h.epochs)
        differ.push_back("epochs: the study has " + std::to_string(note.first_goal) + ", this command " +
                         std::to_string(h.epochs));
    if (note.origin != origin) differ.push_back("it began with " + (note.origin.empty() ? "settings of its own" : note.origin));
    if (differ.empty()) return;
    std::string text = path + " is a model with other settings:";
    for (const std::string& line : differ) text += "\n  " + line;
    throw UsageError(text + "\nTo go on with it: caviar panda " + shell_word(path) +
                     "\nTo begin another: the same command with --study OTHER.db");
}

std::string study_stem(const std::string& path) { return std::filesystem::path(default_study_path(path)).stem().string(); }

Beginning begin_with_data(Context& context, const PandaFlags& flags) {
    Request request = panda_request(flags);
    if (!flags.what.empty()) request.settings.data = flags.what;
    default_target(request);
    if (!flags.trial.empty()) throw UsageError("--trial: is of a sweep's study, and " + request.settings.data + " is none");
    if (request.settings.data.empty())
        throw UsageError("which data, or which study? For example\n  caviar panda data.csv --target price");
    require_data(request.settings.data);
    if (request.settings.prepare.target.empty() && !is_builtin(request.settings.data))
        throw UsageError("which column is to be predicted? Name it with --target; caviar inspect " +
                         shell_word(request.settings.data) + " lists them");
    if (request.settings.cross_validates())
        throw UsageError("--cv: one model validates on one fold; say which with --fold, from 0 to " + std::to_string(request.settings.prepare.folds.count - 1));
    Resolved resolved = resolve(request);
    const Hyperparameters h = fixed_settings(resolved.settings);
    Beginning b;
    b.settings = panda::panda_settings(resolved.settings, h, resolved.settings.sampler.seed);
    b.prepared = std::move(resolved.prepared);
    if (flags.print_config) {
        b.settings.defaults.epochs = h.epochs;
        context.out << to_toml(config_lines(b.settings, resolved.engine));
        return b;
    }
    describe_data(context, b.settings, b.prepared);
    for (const std::string& text : resolved.notes) note(context, text);
    b.engine = engine_for(context, resolved.engine);
    open_or_create_panda(b, flags.study.empty() ? study_stem(b.settings.data) + "-panda.db" : flags.study,
                         is_live(context, flags), h, {});
    return b;
}

Beginning begin_with_trial(Context& context, const PandaFlags& flags, const Study& sweep) {
    refuse_settings(flags, "the trial");
    Beginning b;
    const SweepSettings theirs = settings_from_json(sweep.header().settings);
    TrialRow row = chosen_trial(sweep, flags.trial.empty() ? "best" : flags.trial);
    const auto events = sweep.events(row.trial.id);
    const Hyperparameters h = study::settings_after(row.trial, events, row.epochs);
    b.settings = theirs;
    b.prepared = load_again(sweep, b.settings, flags.data, &context);
    b.settings = panda::panda_settings(b.settings, h, theirs.sampler.seed);
    b.settings.metric = sweep.header().metric;
    Request request;
    apply(flags.settings, request);
    b.engine = engine_for(context, request.engine);
    study::require_same_data(sweep, b.prepared, *b.engine);
    if (theirs.cross_validates()) { // one model sees what the trial saw: its fold
        b.settings.prepare.folds.valid = static_cast<int32_t>(row.trial.id % theirs.prepare.folds.count);
        b.prepared = Prepared(study::seen_by(row.trial.id, b.prepared));
        note(context, "Fold   " + std::to_string(*b.settings.prepare.folds.valid) + " of " + std::to_string(theirs.prepare.folds.count) + ", from 0, validates, as it did in the sweep");
    }
    describe_data(context, b.settings, b.prepared);
    const std::string id = std::to_string(row.trial.id),
                      origin = "trial " + id + " of " + std::filesystem::path(sweep.path()).filename().string();
    open_or_create_panda(b, flags.study.empty() ? study_stem(sweep.path()) + "-panda-" + id + ".db" : flags.study,
                         is_live(context, flags), h, origin);
    if (!b.fresh) return b;
    if (!events.empty()) {
        warn(context, origin + " took over other trials' nets while it trained; here a net of its own begins, with the settings "
                               "that it had at last");
        row.result.curve.clear(); // another net's
    } else {
        TrialQuery query;
        query.ids = {row.trial.id};
        query.curves = true;
        row = sweep.trials(query).at(0);
    }
    b.origin = std::move(row);
    return b;
}

Beginning go_on(Context& context, const PandaFlags& flags) {
    refuse_settings(flags, "the model");
    if (!flags.trial.empty())
        throw UsageError("--trial: " + flags.what + " is one model's study; the command `switch ID` goes to another branch");
    if (!flags.study.empty()) throw UsageError("--study: " + flags.what + " is the study");
    Beginning b;
    b.study = Study::open(flags.what);
    b.settings = settings_from_json(b.study->header().settings);
    b.prepared = load_again(*b.study, b.settings, flags.data, &context);
    describe_data(context, b.settings, b.prepared);
    Request request;
    apply(flags.settings, request);
    b.engine = engine_for(context, request.engine);
    return b;
}

void print_history(Context& context, const Study& study) {
    const std::string file = shell_word(study.path());
    context.out << "# The settings:   caviar panda " << file << " --print-config > settings.toml\n"
                << "# The same again: caviar panda --config settings.toml --script THIS --study OTHER.db\n";
    for (const std::string& line : panda::read_note(study).script) context.out << line << '\n';
}

void print_settings(Context& context, const Study& study) {
    SweepSettings settings = settings_from_json(study.header().settings);
    settings.defaults.epochs = panda::read_note(study).first_goal;
    context.out << to_toml(config_lines(settings, {}));
}

std::string save_net(const panda::Session& session, const Beginning& b, std::string file) {
    if (file.empty()) file = std::filesystem::path(session.study().path()).stem().string() + ".safetensors";
    model::check_name(file);
    refuse_to_replace(file, {session.study().path()});
    refuse_to_replace(file, data_files(b.settings));
    const TrialResult& result = session.result();
    std::string origin = "study " + std::filesystem::path(session.study().path()).filename().string() + ", branch " + std::to_string(session.branch());
    if (result.best_epoch >= 0)
        origin += ": validation " + to_string(session.metric()) + " " +
                  report::significant(result.curve[static_cast<size_t>(result.best_epoch)].valid_metric) + " after " +
                  std::to_string(result.best_epoch + 1) + " epochs";
    const Model model = ::caviar::study::trained_model(b.settings, b.prepared.preprocessing, session.settings(), session.weights(), std::move(origin));
    save_model(model, file);
    return file + ": " + model.note;
}

/// Plain lines: answers on stdout, the rest on stderr, and now and then how far it is.
panda::Listener plain_listener(Context& context, const panda::Session& session) {
    static constexpr auto every = std::chrono::seconds(10);
    auto last = std::make_shared<std::chrono::steady_clock::time_point>(std::chrono::steady_clock::now());
    return {[&context](const std::string& text) { context.out << text << std::flush; },
            [&context](const std::string& text) { note(context, text); },
            [&context, &session, last] {
                const auto now = std::chrono::steady_clock::now();
                if (now - *last < every) return;
                *last = now;
                note(context, panda::epoch_line(session));
            }};
}

/// After as many epochs as the sweep's trial had.
void compare_with(Context& context, const panda::Driver& driver, const TrialRow& row) {
    const auto &ours = driver.session().result().curve, &theirs = row.result.curve;
    if (theirs.empty()) return;
    const bool same =
        ours.size() == theirs.size() && std::memcmp(ours.data(), theirs.data(), ours.size() * sizeof(EpochLosses)) == 0;
    if (!same)
        warn(context, "the model did not train to the sweep's bits again: that was made by another build or engine");
    else
        note(context, "These are the trial's " + std::to_string(row.epochs) + " epochs, bit for bit; its best is " +
                          std::to_string(row.result.best_epoch + 1) + ": `rewind to " +
                          std::to_string(row.result.best_epoch + 1) + "` goes there.");
}

void babysit(Context& context, const PandaFlags& flags, std::ifstream& script, Beginning& b) {
    const bool live = is_live(context, flags);
    const Interrupt interrupt(context, live ? "" : "Stopping: saving the epochs that are trained.");
    panda::Session session(b.prepared, *b.engine, *b.study);
    panda::Driver driver(session, [&](const std::string& file) { return save_net(session, b, file); });
    note(context, "Study  " + b.study->path() +
                      (b.fresh ? ""
                               : ": going on with branch " + std::to_string(session.branch()) + " after epoch " +
                                     std::to_string(session.epoch())));
    if (context.out_is_terminal) driver.width(context.width);
    const panda::Listener listener = plain_listener(context, session);
    const panda::Command resume{panda::Verb::resume, 0, false, {}, {}};
    if (b.origin) driver.obey({panda::Verb::run, b.origin->epochs, false, {}, {}});
    if (live) {
        if (b.fresh && !b.origin) driver.obey(resume);
        panda_live(context, driver, b.prepared.dataset.name,
                   driver.running() ? "Type commands at any time: help lists them, Ctrl-C pauses."
                                    : "Paused. help lists the commands.");
    } else {
        if (b.origin) {
            panda::wait(driver, listener, context.interrupt.get_token());
            compare_with(context, driver, *b.origin);
        }
        int64_t commands = 0;
        if (script.is_open())
            commands = panda::play(driver, script, flags.script, listener, context.interrupt.get_token());
        else
            commands = panda::play(driver, std::cin, "standard input", listener, context.interrupt.get_token());
        if (commands == 0 && session.ended().empty() && session.epoch() < session.goal()) { // nobody there to say more
            driver.obey(resume);
            panda::wait(driver, listener, context.interrupt.get_token());
        }
    }
    note(context, "branch " + std::to_string(session.branch()) + ", " + panda::epoch_line(session));
}

void panda_command(Context& context, const PandaFlags& flags) {
    context.quiet = flags.quiet;
    const bool is_study = !flags.what.empty() && study::is_study(flags.what);
    if (!is_study && flags.history) throw UsageError("--history: name the study of a babysat model");
    if (is_study && (flags.history || flags.print_config)) {
        const auto study = Study::read(flags.what);
        return flags.history ? print_history(context, *study) : print_settings(context, *study);
    }
    std::ifstream script; // opened before a study is made
    if (!flags.script.empty() && flags.script != "-") {
        script.open(flags.script);
        if (!script || std::filesystem::is_directory(flags.script))
            throw UsageError("--script: " + flags.script + " cannot be read");
    }
    const auto beginning = [&] {
        if (!is_study) return begin_with_data(context, flags);
        const auto study = Study::read(flags.what);
        return study::is_panda(*study) ? go_on(context, flags) : begin_with_trial(context, flags, *study);
    };
    Beginning b = beginning();
    if (flags.print_config) return next(context, {{"caviar panda --config FILE", "train what was printed"}});
    babysit(context, flags, script, b);
    const std::string file = shell_word(b.study->path());
    next(context, {{"caviar panda " + file, "go on"},
                   {"caviar panda " + file + " --history", "what was done, as a script"},
                   {"caviar export " + file + " -o model.json", "the best branch, ready to predict"}});
}

} // namespace

void add_panda(CLI::App& app, Context& context) {
    auto flags = std::make_shared<PandaFlags>();
    CLI::App* sub =
        command(app, "panda", "Babysit one model: watch it learn, change its settings while it trains, go back, branch",
                "caviar panda houses.csv --target price       # at a terminal: curves above, commands below\n"
                "caviar panda houses.db --trial best          # the winner of a sweep, trained again and then on\n"
                "caviar panda houses-panda.db                 # tomorrow: on from where it was left\n"
                "caviar panda digits --set learning_rate=0.1 --script do.txt\n"
                "printf 'run 20\\nset learning_rate 0.01\\nrun 20\\ncompare\\n' | caviar panda digits\n"
                "caviar panda digits-panda.db --history > do.txt   # all that was done, to do it again");
    sub->add_option("DATA_OR_STUDY", flags->what,
                    "Data as for sweep; or a sweep's study; or the study of a babysat model, to go on with it");
    add_setting_flags(*sub, flags->settings, Purpose::one_model);
    sub->add_option("--config,-c", flags->config, "Settings from a TOML file; flags win")->type_name("FILE");
    sub->add_flag("--print-config", flags->print_config, "Print the settings it begins with as such a file, and stop");
    sub->add_option(
           "--trial", flags->trial,
           "Of a sweep's study: best (default), or an id. It is trained from its start, to the same bits, in a study of its own")
        ->type_name("ID");
    sub->add_option("--script", flags->script,
                    "Commands from a file, one a line, each to its end; - or no terminal: from standard input. "
                    "Without any it trains to --epochs")
        ->type_name("FILE");
    sub->add_flag("--history", flags->history,
                  "Print what was done to the model of the study, as a script that does it again, and stop");
    sub->add_option("--study,-o", flags->study,
                    "The file of a new model's study; DATA-panda.db, or SWEEP-panda-ID.db, in the current folder if not given")
        ->type_name("FILE");
    sub->add_option("--data", flags->data, "Where a study's data are now")->type_name("FILE");
    sub->add_flag("--quiet,-q", flags->quiet, "Nothing on stderr but warnings and errors");
    sub->callback([flags, &context] { panda_command(context, *flags); });
}

} // namespace caviar::cli
