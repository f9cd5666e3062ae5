#include "host/cli/panda_live.h"

#include "host/cli/line_editor.h"
#include "host/cli/panda_screen.h"
#include "host/cli/raw_terminal.h"
#include "host/report/text.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace caviar::cli {

namespace {

/// What the two threads share.
class Desk {
public:
    void say(const std::string& text) {
        if (text.empty()) return;
        const std::lock_guard lock(mutex_);
        messages_.push_back(text);
        if (messages_.size() > most_messages) messages_.pop_front();
        ++version_;
    }
    void type(const std::string& line) {
        const std::lock_guard lock(mutex_);
        typed_.push_back(line);
        wake_.notify_one();
    }
    void wake() {
        const std::lock_guard lock(mutex_);
        wake_.notify_one();
    }
    /// The lines typed since; `idle`: waits for one, or for a stop.
    std::deque<std::string> lines(bool idle, const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        if (idle) wake_.wait(lock, [&] { return !typed_.empty() || stop.stop_requested(); });
        return std::exchange(typed_, {});
    }
    /// Copies the moment if the last one was looked at, or it matters: epochs may pass faster than pictures.
    void publish(const panda::Driver& driver, const std::string& name, bool matters) {
        const std::lock_guard lock(mutex_);
        if (!matters && !looked_at_) return;
        view_ = view_of(driver, name);
        looked_at_ = false;
        ++version_;
    }
    bool running() {
        const std::lock_guard lock(mutex_);
        return view_.running;
    }
    /// The moment and the messages, where they are not those of `version`.
    bool look(int64_t& version, PandaView& view, std::deque<std::string>& messages) {
        const std::lock_guard lock(mutex_);
        looked_at_ = true;
        if (version == version_) return false;
        version = version_;
        view = view_;
        messages = messages_;
        return true;
    }

private:
    static constexpr size_t most_messages = 50;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::string> typed_, messages_;
    PandaView view_;
    bool looked_at_ = true;
    int64_t version_ = 1;
};

/// Keys and picture, until `ended`.
void draw_screen(std::stop_token ended, Desk& desk, RawTerminal& terminal, std::stop_source interrupt, bool colour) {
    constexpr int frame = 100; // milliseconds; faster is flicker
    LineEditor editor;
    RawTerminal::Size drawn_size{0, 0};
    int64_t version = 0;
    PandaView view;
    std::deque<std::string> messages;
    while (!ended.stop_requested()) {
        const auto keys = terminal.keys(frame);
        if (!keys) {
            interrupt.request_stop();
            return;
        }
        for (const char key : *keys) {
            switch (editor.feed(static_cast<unsigned char>(key))) {
            case LineEditor::Key::none: break;
            case LineEditor::Key::line: desk.type(editor.taken()); break;
            case LineEditor::Key::end: desk.type("quit"); break;
            case LineEditor::Key::interrupt:
                if (desk.running()) {
                    desk.type("pause");
                    desk.say("pausing after this epoch; Ctrl-C again saves and leaves");
                } else {
                    interrupt.request_stop();
                }
            }
        }
        const auto size = terminal.size();
        const bool news = desk.look(version, view, messages);
        if (!news && keys->empty() && size == drawn_size) continue;
        drawn_size = size;
        std::string picture =
            "\x1b[H"; // no line reaches the last column, where erasing to the end of the line would take a character

        for (const std::string& line : panda_screen(view, messages, size.width - 1, size.height - 1, colour))
            picture += line + "\x1b[K\r\n";
        // A line longer than the terminal is shown from where its end fits.
        std::string before = editor.text().substr(0, editor.cursor()), typed = editor.text();
        while (!before.empty() && report::display_width(before) > size.width - 4) {
            before.erase(0, 1);
            typed.erase(0, 1);
        }
        const std::string shown = "> " + report::truncate(report::printable(typed), std::max(size.width - 3, 1));
        picture += shown + "\x1b[K\r\x1b[" + std::to_string(2 + report::display_width(before)) + "C";
        terminal.write(picture);
    }
}

/// Commands and epochs in turn.
void train_and_obey(Desk& desk, panda::Driver& driver, const RawTerminal& terminal, const std::string& name, const std::stop_token& stop) {
    while (!driver.over()) {
        desk.publish(driver, name, !driver.running());
        for (const std::string& line : desk.lines(!driver.running(), stop)) {
            try {
                const auto command = panda::parse_command(line);
                if (!command) continue;
                desk.say("> " + line);
                driver.width(terminal.size().width - 1); // it may have been resized
                desk.say(driver.obey(*command, stop));
            } catch (const UsageError& error) {
                desk.say(error.what());
            }
            desk.publish(driver, name, true);
            if (driver.over()) break;
        }
        if (stop.stop_requested()) {
            driver.session().save();
            throw Error(ExitCode::interrupted, "Left after epoch " + std::to_string(driver.session().epoch()) +
                                                   "; everything is saved in " + driver.session().study().path() + ".");
        }
        desk.say(driver.step(stop));
    }
    driver.session().save();
}

} // namespace

void panda_live(Context& context, panda::Driver& driver, const std::string& data_name, const std::string& greeting) {
    Desk desk;
    desk.say(greeting);
    const std::stop_token stop = context.interrupt.get_token();
    const std::stop_callback wake(stop, [&] { desk.wake(); });
    RawTerminal terminal;
    const std::jthread screen(
        [&](std::stop_token ended) { draw_screen(ended, desk, terminal, context.interrupt, context.err_color); });
    train_and_obey(desk, driver, terminal, data_name, stop);
}

} // namespace caviar::cli
