#pragma once
/// Commands and epochs in turn: a command takes effect between two epochs, wherever it comes from. A script waits for what it set
/// going, a person does not; that is all the difference.

#include "host/panda/command.h"
#include "host/panda/session.h"

#include <functional>
#include <iosfwd>
#include <stop_token>
#include <string>

namespace caviar::panda {

class Driver {
public:
    /// save_model: writes the net in hand to a file (empty: of a name of its choice) and says what it wrote.
    Driver(Session& session, std::function<std::string(const std::string& file)> save_model)
        : session_(session), save_model_(std::move(save_model)) {}

    /// Does what is said, and returns what to tell the person; `run` and `resume` only set the training going. Throws UsageError
    /// for what cannot be done, and then nothing has changed.
    std::string obey(const Command&, std::stop_token stop = {});
    /// Is there an epoch to train next?
    bool running() const { return left_ > 0; }
    bool over() const { return over_; } ///< `quit` was said
    /// Trains an epoch, where there is one to train. Returns what there is to tell: a concern that is new, why the training
    /// paused.
    std::string step(std::stop_token stop = {});
    void pause() { left_ = 0; }
    /// Tables it tells fit so many columns; 0: any.
    void width(int columns) { width_ = columns; }

    Session& session() { return session_; }
    const Session& session() const { return session_; }

private:
    Session& session_;
    std::function<std::string(const std::string&)> save_model_;
    int64_t left_ = 0; ///< epochs to train until it pauses
    bool over_ = false;
    int width_ = 0;
};

/// "epoch 12: training loss 0.21, validation loss 0.25, accuracy 0.93 (best 0.94 at epoch 10)"
std::string epoch_line(const Session&);
/// Settings that have an effect, "learning_rate 0.01, optimizer adam, ...". `brief`: only those that people change in
/// mid-training.
std::string settings_line(const Hyperparameters&, bool brief);

/// Who hears what happens while a script is played.
struct Listener {
    std::function<void(const std::string&)> answer; ///< to a question: compare, tree, ...
    std::function<void(const std::string&)> message;
    std::function<void()> epoch; ///< one was trained
};

/// Trains what was set going, to its end. Throws Error(interrupted) where it was stopped; all is saved then.
void wait(Driver&, const Listener&, std::stop_token);
/// Carries out the lines of a script, each to its end, until its end or `quit`, and saves. Throws UsageError "NAME:LINE: ..." at
/// the first that cannot be done, and as `wait`; all until there is saved. Returns how many commands there were.
int64_t play(Driver&, std::istream& script, const std::string& name, const Listener&, std::stop_token = {});

} // namespace caviar::panda
