#include "host/cli/command.h"

#include "host/cli/report_document.h"
#include "host/cli/report_text.h"
#include "host/report/branch_tree.h"
#include "host/report/json_lines.h"

#include <memory>

namespace caviar::cli {

namespace {

struct ReportFlags {
    std::string study;
    bool json = false, quiet = false;
};

/// The flags of all advice, each hyperparameter once: what came first is the more urgent.
std::string joined_flags(const std::vector<report::Advice>& list) {
    std::string all;
    for (const report::Advice& advice : list) {
        const size_t value = advice.flags.find('=');
        const std::string flag = advice.flags.substr(0, value == std::string::npos ? advice.flags.find(' ') : value);
        if (!advice.flags.empty() && all.find(flag) == std::string::npos) all += ' ' + advice.flags;
    }
    return all;
}

void suggest(Context& context, const report::StudyFacts& facts, const std::vector<report::Advice>& list) {
    const std::string file = shell_word(facts.path);
    Suggestions suggestions;
    if (!facts.finished) suggestions.emplace_back("caviar resume " + file, facts.retuned ? "search further; `caviar retune` with the same arguments goes on" : "train what is missing");
    if (const std::string flags = joined_flags(list); facts.finished && !flags.empty()) {
        const SweepSettings& s = facts.settings;
        std::string sweep = "caviar sweep " + shell_word(s.data);
        if (!s.read.labels.empty()) sweep += " --labels " + shell_word(s.read.labels);
        if (!s.prepare.target.empty() && s.prepare.target != "label") sweep += " --target " + shell_word(s.prepare.target);
        suggestions.emplace_back(sweep + flags + " --study NEW.db", "the advice above, with the other flags as before");
    }
    if (facts.best) suggestions.emplace_back("caviar export " + file + " -o model.json", "the best network, ready to predict");
    if (facts.counts.trials > 0) suggestions.emplace_back("caviar trials " + file + " --top 20", "the trials themselves");
    next(context, suggestions);
}

void show(Context& context, const ReportFlags& flags) {
    context.quiet = flags.quiet;
    const auto study = Study::read(flags.study);
    const report::StudyFacts facts(*study);
    if (facts.panda && !flags.json) {
        context.out << report::branch_tree(*study);
        next(context, {{"caviar panda " + shell_word(facts.path), "go on with it"}});
        return;
    }
    const auto found = importance::importance(facts.settings.space, facts.history, facts.settings.sampler.seed);
    std::vector<report::Advice> advice; // it is for searches
    if (!facts.panda) advice = report::advise(report::situation(facts, found));
    if (flags.json) {
        context.out << report::dump(report_document(*study, facts, found, advice), 2) << '\n';
        return;
    }
    show_report(context, facts, found, advice);
    suggest(context, facts, advice);
}

} // namespace

void add_report(CLI::App& app, Context& context) {
    auto flags = std::make_shared<ReportFlags>();
    CLI::App* sub = command(app, "report", "One screen on a study: the winner, how the search narrowed, what mattered, what to do next",
                            "caviar report adult.db\n"
                            "caviar report adult.db --json | jq '.importance.effects[] | [.name, .share, .low, .high]'");
    sub->add_option("STUDY", flags->study, "The study's file; it may be in use, finished or not")->required();
    sub->add_flag("--json", flags->json, "One JSON document on stdout");
    sub->add_flag("--quiet,-q", flags->quiet, "Nothing on stderr but warnings and errors");
    sub->callback([flags, &context] { show(context, *flags); });
}

} // namespace caviar::cli
