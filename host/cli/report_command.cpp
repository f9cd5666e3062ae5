#include "host/cli/command.h"

#include "host/cli/report_document.h"
#include "host/cli/report_page.h"
#include "host/cli/report_text.h"
#include "host/model/file.h"
#include "host/report/branch_tree.h"
#include "host/report/json_lines.h"
#include "host/report/page.h"
#include "host/study/in_memory.h"
#include "host/study/same_study.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>

namespace caviar::cli {

namespace {

struct ReportFlags {
    std::string study, html;
    bool json = false, quiet = false;
};

/// The flags of all advice, each setting and hyperparameter once: what came first is the more urgent.
std::vector<std::string> joined_flags(const std::vector<report::Advice>& list) {
    std::vector<std::string> flags;
    std::set<std::string> named;
    for (const report::Advice& advice : list) {
        for (size_t begin = 0; begin < advice.flags.size();) {
            const size_t end = std::min(advice.flags.find(" --", begin + 1), advice.flags.size());
            const std::string flag = advice.flags.substr(begin, end - begin);
            begin = end + 1;
            const size_t space = flag.find(' '), value = flag.find('=');
            // "--vary 'learning_rate=..." and "--set learning_rate=..." name learning_rate, "--trials 100" trials.
            std::string name = value == std::string::npos ? flag.substr(2, space - 2) : flag.substr(space + 1, value - space - 1);
            std::erase(name, '\'');
            if (named.insert(name).second) flags.push_back(flag);
        }
    }
    return flags;
}

/// A name for another study beside this one: houses-2.db.
std::string another_study(const std::string& path) {
    std::error_code ignored;
    for (int number = 2;; ++number) {
        auto other = std::filesystem::path(path);
        other.replace_filename(other.stem().string() + '-' + std::to_string(number) + ".db");
        if (!std::filesystem::exists(other, ignored)) return other.string();
    }
}

/// The sweep that follows the advice. One of more trials alone goes on where the sampler can.
std::pair<std::string, std::string> advised_sweep(const report::StudyFacts& facts, const std::vector<std::string>& flags) {
    const std::string file = shell_word(facts.path);
    const bool more_alone = flags.size() == 1 && flags.front().starts_with("--trials");
    if (more_alone && !study::plans_rounds(facts.settings.sampler)) return {"caviar resume " + file + ' ' + flags.front(), "the advice above"};
    std::string sweep = "caviar sweep --config " + file;
    for (const std::string& flag : flags) sweep += ' ' + flag;
    return {sweep + " --study " + shell_word(another_study(facts.path)), "the advice above, all else as before"};
}

void suggest(Context& context, const Study& study, const report::StudyFacts& facts, const std::vector<report::Advice>& list) {
    const std::string file = shell_word(facts.path);
    Suggestions suggestions;
    if (!facts.finished) suggestions.emplace_back(study::resume_call(study, file), facts.retuned ? "search further; `caviar retune` with the same arguments goes on" : "train what is missing");
    if (const auto flags = joined_flags(list); facts.finished && !flags.empty() && !study::is_in_memory(facts.settings)) suggestions.push_back(advised_sweep(facts, flags));
    if (facts.best) suggestions.emplace_back("caviar export " + file + " -o model.json", "the best network, ready to predict");
    if (facts.counts.trials > 0) suggestions.emplace_back("caviar trials " + file + " --top 20", "the trials themselves");
    next(context, suggestions);
}

void show(Context& context, const ReportFlags& flags) {
    context.quiet = flags.quiet;
    if (!flags.html.empty()) {
        report::require_page(); // before the work
        refuse_to_replace(flags.html, {flags.study});
        const std::string extension = std::filesystem::path(flags.html).extension().string();
        if (extension != ".html" && extension != ".htm") throw UsageError("--html: " + flags.html + ": a page is named NAME.html");
    }
    const auto study = Study::read(flags.study);
    const report::StudyFacts facts(*study);
    if (!flags.html.empty()) refuse_to_replace(flags.html, data_files(facts.settings));
    if (facts.panda && !flags.json && flags.html.empty()) {
        context.out << report::branch_tree(*study);
        next(context, {{"caviar panda " + shell_word(facts.path), "go on with it"}});
        return;
    }
    const auto found = importance::importance(facts.settings.space, facts.history, facts.settings.sampler.seed);
    std::vector<report::Advice> advice; // it is for searches
    if (!facts.panda) advice = report::advise(report::situation(facts, found));
    if (!flags.html.empty()) {
        model::write_file(flags.html, report::page(page_document(*study, facts, found, advice)));
        note(context, flags.html + " is written; any browser opens it, without a network.");
        return;
    }
    if (flags.json) {
        context.out << report::dump(report_document(*study, facts, found, advice), 2) << '\n';
        return;
    }
    show_report(context, facts, found, advice);
    suggest(context, *study, facts, advice);
}

} // namespace

void add_report(CLI::App& app, Context& context) {
    auto flags = std::make_shared<ReportFlags>();
    CLI::App* sub = command(app, "report", "One screen on a study: the winner, how the search narrowed, what mattered, what to do next",
                            "caviar report adult.db\n"
                            "caviar report adult.db --html adult.html      # the same and all trials, to look around in\n"
                            "caviar report adult.db --json | jq '.importance.effects[] | [.name, .share, .low, .high]'");
    sub->add_option("STUDY", flags->study, "The study's file; it may be in use, finished or not")->required();
    CLI::Option* json = sub->add_flag("--json", flags->json, "One JSON document on stdout");
    sub->add_option("--html", flags->html, "Write a page instead, with curves, plots and the table of all trials: one file, which any browser opens offline")
        ->type_name("FILE")->excludes(json);
    sub->add_flag("--quiet,-q", flags->quiet, "Nothing on stderr but warnings and errors");
    sub->callback([flags, &context] { show(context, *flags); });
}

} // namespace caviar::cli
