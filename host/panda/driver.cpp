#include "host/panda/driver.h"

#include "caviar/error.h"
#include "host/core/condition.h"
#include "host/panda/advice.h"
#include "host/report/branch_tree.h"
#include "host/report/numbers.h"

#include <algorithm>
#include <array>
#include <istream>

namespace caviar::panda {

namespace {

std::string shown(double value) { return report::significant(value, 4); }

std::string history(const Session& session) {
    std::string text;
    for (const std::string& line : session.note().script) text += line + '\n';
    return text;
}

std::string status(const Session& session) {
    return "branch " + std::to_string(session.branch()) + ", goal " + std::to_string(session.goal()) + " epochs\n" +
           epoch_line(session) + '\n' + settings_line(session.settings(), false) + '\n';
}

} // namespace

std::string epoch_line(const Session& session) {
    const TrialResult& result = session.result();
    if (result.curve.empty()) return "epoch 0: nothing is trained yet";
    const EpochLosses& last = result.curve.back();
    const std::string metric = to_string(session.metric());
    std::string text = "epoch " + std::to_string(session.epoch()) + ": training loss " + shown(last.train_loss) +
                       ", validation loss " + shown(last.valid_loss) + ", " + metric + " " + shown(last.valid_metric);
    if (result.best_epoch >= 0)
        text += " (best " + shown(result.curve[static_cast<size_t>(result.best_epoch)].valid_metric) + " at epoch " +
                std::to_string(result.best_epoch + 1) + ")";
    return text;
}

std::string settings_line(const Hyperparameters& h, bool brief) {
    static constexpr std::array<std::string_view, 7> often{"learning_rate", "optimizer",    "momentum", "batch_size",
                                                           "schedule",      "weight_decay", "dropout"};
    std::string text;
    for (const Field& field : fields()) {
        const std::string_view name = field.name;
        if (name.starts_with("units") || name.starts_with("init") || name == "zero_output" || name == "seed" || name == "layers")
            continue;
        if (brief && std::find(often.begin(), often.end(), name) == often.end()) continue;
        if (name == "epochs" && !has_an_end(h.schedule)) continue; // the session's goal, not a setting
        if (const auto when = core::automatic_condition(field); when && !core::meets(*when, get(h, when->parameter))) continue;
        text += (text.empty() ? "" : ", ") + std::string(name) + " " + to_string(get(h, name));
    }
    return text;
}

std::string Driver::obey(const Command& command, std::stop_token stop) {
    Session& s = session_;
    const auto here = [&] { return "branch " + std::to_string(s.branch()) + ", epoch " + std::to_string(s.epoch()); };
    switch (command.verb) {
    case Verb::run:
        if (const std::string why = s.ended(); !why.empty()) throw UsageError(why);
        left_ = command.number;
        return {};
    case Verb::resume:
        if (const std::string why = s.ended(); !why.empty()) throw UsageError(why);
        if (s.epoch() >= s.goal())
            throw UsageError(std::to_string(s.epoch()) + " epochs are trained, and the goal was " + std::to_string(s.goal()) +
                             "; `run N` trains N more, `set epochs N` sets another goal");
        left_ = s.goal() - s.epoch();
        return {};
    case Verb::pause: {
        const bool ran = running();
        pause();
        return ran ? "paused at " + here() : std::string();
    }
    case Verb::set: {
        const std::string idle = s.set(command.settings);
        return "from epoch " + std::to_string(s.epoch() + 1) + " on: " + settings_line(s.settings(), true) +
               (idle.empty() ? "" : ". " + idle);
    }
    case Verb::rewind: {
        const int64_t to = command.to ? command.number : s.epoch() - command.number;
        if (to < 0) throw UsageError("rewind: only " + std::to_string(s.epoch()) + " epochs are trained");
        s.rewind(static_cast<int32_t>(to), stop);
        pause(); // the person wants to change something
        return here() + ", settings as they were: " + settings_line(s.settings(), true);
    }
    case Verb::branch: {
        const TrialId left = s.branch();
        s.branch_off();
        return here() + "; branch " + std::to_string(left) + " stays as it is";
    }
    case Verb::switch_to:
        s.switch_to(command.number, stop);
        pause();
        return here() + ": " + settings_line(s.settings(), true);
    case Verb::compare: s.save(); return report::branch_table(s.study(), s.branch(), width_);
    case Verb::tree: s.save(); return report::branch_tree(s.study());
    case Verb::status: return status(s);
    case Verb::history: return history(s);
    case Verb::save: s.save(); return save_model_(command.file);
    case Verb::help: return command_help();
    case Verb::quit:
        pause();
        over_ = true;
        return {};
    }
    return {};
}

std::string Driver::step(std::stop_token stop) {
    if (!running() || !session_.train_epoch(stop)) return {};
    --left_;
    std::string text;
    const auto& curve = session_.result().curve;
    if (const auto news = new_concern(curve, session_.metric(), session_.settings(), session_.changed_at()))
        text = advice(*news, curve, session_.metric(), session_.settings());
    const std::string end = session_.ended();
    if (!end.empty()) pause();
    if (!running()) {
        session_.save();
        text += (text.empty() ? "" : "\n") + epoch_line(session_) + (end.empty() ? "" : "\n" + end);
    }
    return text;
}

void wait(Driver& driver, const Listener& listener, std::stop_token stop) {
    while (driver.running()) {
        if (stop.stop_requested()) {
            driver.session().save();
            throw Error(ExitCode::interrupted,
                        "Interrupted after epoch " + std::to_string(driver.session().epoch()) + "; everything is saved.");
        }
        const std::string text = driver.step(stop);
        if (listener.epoch) listener.epoch();
        if (!text.empty() && listener.message) listener.message(text);
    }
}

int64_t play(Driver& driver, std::istream& script, const std::string& name, const Listener& listener, std::stop_token stop) {
    int64_t line_number = 0, commands = 0;
    for (std::string line; !driver.over() && std::getline(script, line);) {
        ++line_number;
        try {
            const auto command = parse_command(line);
            if (!command) continue;
            ++commands;
            const std::string text = driver.obey(*command, stop);
            const auto& hear = answers(command->verb) ? listener.answer : listener.message;
            if (!text.empty() && hear) hear(text);
            wait(driver, listener, stop);
        } catch (const UsageError& error) {
            driver.session().save();
            throw UsageError(name + ":" + std::to_string(line_number) + ": " + error.what());
        }
    }
    driver.session().save();
    return commands;
}

} // namespace caviar::panda
