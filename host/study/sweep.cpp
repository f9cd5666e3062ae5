// The loop: ask, train, record, tell.

#include "caviar/sweep.h"

#include "caviar/error.h"
#include "host/core/phase.h"
#include "host/data/memory.h"
#include "host/study/candidate.h"
#include "host/study/cohort.h"
#include "host/study/confirmation.h"
#include "host/study/folds.h"
#include "host/study/guarded_training.h"
#include "host/study/net_memory.h"
#include "host/study/own_score.h"
#include "host/study/population_options.h"
#include "host/study/progress.h"
#include "host/study/recorder.h"
#include "host/study/replay.h"
#include "host/study/same_study.h"
#include "host/study/settings.h"
#include "host/study/test_report.h"
#include "host/study/winner.h"

#include <algorithm>
#include <limits>
#include <new>
#include <stdexcept>

namespace caviar {

namespace study {

namespace {

// Settings at once where each has several nets and a limit may end the sweep at any moment.
constexpr size_t few_settings = 16;
// Rounds of samplers without a plan of their own are cut here, as a round's settings are held in memory.
constexpr int64_t longest_round = 1 << 16;

class Sweep {
public:
    Sweep(const SweepSettings& settings, const Prepared& prepared, Engine& engine, Study& study, const SweepControl& control)
        : settings_(settings), prepared_(prepared), engine_(engine), study_(study), control_(control), budget_(budget_of(settings, study)) {
        require_same_data(study, prepared, engine);
        SweepSettings whole = settings_; // with the study's own budget, where that is larger
        whole.sampler.trials = budget_ == std::numeric_limits<int64_t>::max() ? 0 : budget_;
        check_seeds(whole);
    }

    SweepOutcome run() {
        try {
            return run_to_end();
        } catch (const std::bad_alloc&) {
            too_big();
        } catch (const std::length_error&) { // more than any memory could hold
            too_big();
        }
    }

private:
    [[noreturn]] void too_big() const {
        throw DeviceError("not enough memory for the networks that are training; let units and layers be smaller, use fewer threads, or go on "
                          "with " + study_.path() + " on a machine with more memory: everything recorded is safe");
    }

    SweepOutcome run_to_end() {
        if (!is_finished(study_, budget_)) {
            require_same_build(study_, engine_);
            note_budget(study_, budget_);
            start();
            if (all_rounds()) {
                finish();
            } else if (enough_) {
                conclude();
                return outcome(SweepOutcome::End::enough);
            } else {
                if (progress_.end() != SweepOutcome::End::interrupted) conclude();
                return outcome(progress_.end());
            }
        }
        return outcome(SweepOutcome::End::all);
    }

    void start() {
        progress_.begin(study_.counts(), study_.best());
        look_at_means();
        sampler_ = make_sampler(settings_.space, sampler_options(settings_, divide(settings_, study_, budget_)));
        auto scheduler = make_scheduler(settings_.scheduler, most_epochs(settings_), settings_.sampler.seed, settings_.space);
        if (settings_.scheduler.name != "none") {
            scheduler_ = std::move(scheduler);
            progress_.say(0, scheduler_->explain());
        }
        study_.begin_run(engine_.capabilities());
        population_ = populate(engine_, prepared_, population_options_);
    }

    // False where it ended before the budget was spent.
    bool all_rounds() {
        const auto recorded = study_.rounds();
        for (const RoundRecord& round : recorded) {
            const bool confirms = confirmation_in(round).has_value();
            if (!confirms) replay(round);
            if (!finish_round(round, confirms) || (!confirms && enough(round.round))) return false;
        }
        const Division division = divide(settings_, study_, budget_);
        exhausted_ = division.exhausted;
        auto number = static_cast<int32_t>(recorded.size());
        for (; !division.spent; ++number) {
            const int64_t left = (division.search_end - study_.size()) / settings_.nets_for_each();
            if (left <= 0) break;
            if (progress_.stop().stop_requested()) return false;
            const auto round = ask(number, left);
            if (!round) {
                exhausted_ = true;
                break;
            }
            if (!finish_round(*round, false) || enough(number)) return false;
        }
        return division.spent || study_.size() == division.begin || confirm(number, division.settings);
    }

    // The best settings once more. False where interrupted.
    bool confirm(int32_t number, int32_t settings) {
        const auto candidates = to_confirm(study_, settings_, static_cast<size_t>(settings));
        if (candidates.empty()) return true;
        if (progress_.stop().stop_requested()) return false;
        Confirmation confirmation{{}, settings_.confirm.seeds, budget_, exhausted_};
        std::vector<Configuration> configurations;
        for (const Candidate& c : candidates) {
            confirmation.leaders.push_back(c.leader);
            configurations.push_back(c.best.trial.configuration);
        }
        const RoundRecord round = to_round(confirmation, number);
        add(round, configurations, confirmation.seeds);
        return finish_round(round, true);
    }

    bool enough(int32_t round) { return enough_ = control_.enough && control_.enough(round); }

    std::optional<RoundRecord> ask(int32_t number, int64_t left) {
        RoundRecord round{number, sampler_->state(), sampler_->explain()};
        const Phase phase("ask");
        const auto configurations = sampler_->ask(plans_rounds(settings_.sampler) ? left : std::min(left, longest_round));
        if (configurations.empty()) return {};
        const int32_t nets = settings_.nets_for_each();
        if (nets > 1 && !round.explanation.empty())
            round.explanation += "\n  each trained " + (settings_.cross_validates() ? "in " + std::to_string(nets) + " folds" : "with " + std::to_string(nets) + " seeds") + "; the mean counts";
        add(round, configurations, nets);
        return round;
    }

    // `seeds` trials of each of these.
    void add(const RoundRecord& round, std::span<const Configuration> configurations, int32_t seeds) {
        std::vector<Trial> trials;
        TrialId id = study_.size();
        for (const Configuration& configuration : configurations)
            for (int32_t seed = 0; seed < seeds; ++seed) trials.push_back(make_trial(settings_, id++, round.round, configuration));
        require_memory(trials, data_, loss_, data::free_memory()); // here, as the study then has no trial that cannot be trained
        study_.add(round, trials);
        progress_.say(round.round, round.explanation);
    }

    // Brings the sampler to where it was when it asked for this round.
    void replay(const RoundRecord& round) {
        const auto rows = rows_of(round.round);
        const auto seeds = static_cast<size_t>(settings_.nets_for_each());
        const auto again = sampler_->ask(static_cast<int64_t>(rows.size() / seeds));
        bool same = rows.size() == again.size() * seeds;
        for (size_t i = 0; same && i < rows.size(); ++i) same = again[i / seeds] == rows[i].trial.configuration;
        if (!same)
            throw RuntimeFailure(study_.path() + ": the sampler does not ask for round " + std::to_string(round.round) +
                                 " again as the study has it; the study was made with \"" + study_.header().build +
                                 "\" or was changed since; start a new study");
    }

    // Trains what the round still lacks and tells the sampler how all its trials did; of a round that confirms it knows nothing.
    // False where interrupted.
    bool finish_round(const RoundRecord& round, bool confirms) {
        progress_.say(round.round, {});
        if (!(scheduler_ && !confirms ? train_in_cohorts(round.round) : train_all(round.round))) return false;
        if (confirms) return true;
        const Phase phase("tell");
        std::vector<Observation> seen;
        const bool copies = scheduler_ && scheduler_->copies();
        const auto seeds = static_cast<size_t>(settings_.nets_for_each());
        const auto rows = rows_of(round.round, {}, copies);
        for (size_t first = 0; first + seeds <= rows.size(); first += seeds) {
            const auto same = std::span(rows).subspan(first, seeds);
            const Trial& trial = same[0].trial;
            seen.push_back({trial.id, trial.round, trial.configuration, copies ? own_score(study_, same[0]) : mean_score(same)});
        }
        sampler_->tell(seen);
        return true;
    }

    bool train_all(int32_t round) {
        std::vector<Trial> waiting;
        for (TrialRow& row : rows_of(round, TrialState::waiting)) waiting.push_back(std::move(row.trial));
        require_memory(waiting, data_, loss_, data::free_memory()); // a round begun elsewhere
        const auto nets = static_cast<size_t>(settings_.nets_for_each());
        for (size_t first = 0; first < waiting.size();) {
            size_t count = admitted_together(std::span(waiting).subspan(first), data_, loss_);
            // what may end in the middle ends with whole settings
            if (nets > 1 && (control_.target || control_.most_seconds > 0)) count = std::min(count, few_settings * nets);
            if (!train(std::span(waiting).subspan(first, count))) return false;
            first += count;
        }
        return true;
    }

    // Cohorts are cut from the whole round, whatever of it is recorded, so that they are the same after an interruption.
    bool train_in_cohorts(int32_t round) {
        if (rows_of(round, TrialState::waiting).empty()) return true;
        const auto rows = rows_of(round, {}, true);
        std::vector<Trial> trials;
        for (const TrialRow& row : rows) trials.push_back(row.trial);
        for (size_t first = 0; first < rows.size();) {
            const auto seeds = static_cast<size_t>(settings_.nets_for_each());
            const size_t fitting = admitted_together(std::span(trials).subspan(first), data_, loss_), count = std::max(seeds, fitting - fitting % seeds);
            const auto cohort = std::span(rows).subspan(first, count);
            const bool waits = std::any_of(cohort.begin(), cohort.end(), [](const TrialRow& r) { return r.result.state == TrialState::waiting; });
            if (waits) {
                require_memory(std::span(trials).subspan(first, count), data_, loss_, data::free_memory());
                if (!train_cohort(*scheduler_, *population_, study_, progress_, control_.save_every, cohort, settings_.nets_for_each())) return false;
                look_at_means();
                if (progress_.stop().stop_requested()) return false;
            }
            first += count;
        }
        return true;
    }

    bool train(std::span<const Trial> trials) {
        std::vector<TrialId> ids;
        int32_t epochs = 0;
        for (const Trial& trial : trials) {
            ids.push_back(trial.id);
            epochs = std::max(epochs, trial.hyperparameters.epochs);
        }
        population_->admit(trials);
        Recorder recorder(study_, *population_, control_.save_every);
        int64_t finished = 0, epochs_finished = 0;
        TrainControl control;
        control.stop = progress_.stop();
        control.on_finished = [&](TrialResult result) {
            ++finished;
            epochs_finished += static_cast<int64_t>(result.curve.size());
            progress_.look_at(trials, result);
            recorder.take(std::move(result));
        };
        control.on_note = [&](const std::string& note) { progress_.say(progress_.round(), note); };
        control.on_progress = [&](int64_t done, int64_t epochs_so_far) { progress_.report_now_and_then(done, epochs_so_far); };
        train_guarded(*population_, epochs, ids, control, [&] { recorder.flush(); }); // what was finished before the engine failed is good
        recorder.flush();
        population_->retire(ids);
        look_at_means();
        progress_.done(finished, epochs_finished);
        const bool all = finished == static_cast<int64_t>(trials.size());
        if (!all && !progress_.stop().stop_requested())
            throw RuntimeFailure("the engine left " + std::to_string(static_cast<int64_t>(trials.size()) - finished) + " trials untrained");
        return all;
    }

    // Where several nets are trained of each setting, their mean is what may reach the target.
    void look_at_means() {
        if (settings_.nets_for_each() == 1 || !control_.target) return;
        const auto winner = ranking(study_, settings_, 1);
        if (!winner.empty() && winner.front().sound()) progress_.look_at_mean(winner.front().metric);
    }

    // What is known of the best so far. Where no setting has all its nets yet, that is nothing: the test rows are left alone.
    void conclude() {
        const auto best = study_.best();
        if (best && !unfinished(ranking(study_, settings_, 1))) {
            if (!settings_.cross_validates() && !study_.weights(best->trial.id)) keep(*best);
            if (const auto report = evaluate_test(settings_, prepared_, engine_, study_, *best)) study_.note(test_note, to_json(*report));
            if (const auto report = judge_winner(settings_, data_, engine_, study_)) study_.note(winner_note, to_json(*report));
        }
        study_.note(warnings_note, encode(sampler_->warnings()).dump());
    }

    bool unfinished(const std::vector<Candidate>& winner) const {
        if (winner.empty() || winner.front().sound()) return false;
        const auto waits = [](const TrialRow& row) { return row.result.state == TrialState::waiting; };
        return settings_.cross_validates() || std::any_of(winner.front().trials.begin(), winner.front().trials.end(), waits);
    }

    // The best over its seeds need not be among the trials that did best each: then it trains once more for its weights, which
    // are the same.
    void keep(const TrialRow& row) {
        const auto alone = engine_.populate(data_, population_options_);
        (void)train_again(study_, row, *alone);
        study_.keep(row.trial.id, alone->weights(row.trial.id));
    }

    void finish() {
        conclude();
        // Seeds or a confirmation may not fill the budget to the last trial; it is spent all the same.
        const int64_t trials = exhausted_ ? study_.size() : std::max(study_.size(), budget_);
        study_.note(finished_note, Json{{"trials", trials}, {"exhausted", exhausted_}}.dump());
    }

    SweepOutcome outcome(SweepOutcome::End end) const {
        const StudyCounts counts = study_.counts();
        SweepOutcome outcome;
        outcome.end = end;
        outcome.trials = counts.finished();
        outcome.diverged = counts.diverged;
        outcome.epochs = counts.epochs;
        outcome.training_seconds = counts.seconds;
        outcome.best = study_.best();
        if (population_) outcome.tiers = population_->statistics();
        if (outcome.interrupted()) {
            outcome.warnings = sampler_->warnings();
        } else {
            if (const auto text = study_.note(test_note)) outcome.test = test_report_from_json(*text);
            if (const auto text = study_.note(winner_note)) outcome.winner = winner_report_from_json(*text);
            if (const auto text = study_.note(warnings_note)) decode(Json::parse(*text, nullptr, false), outcome.warnings, study_.path() + ": warnings");
        }
        outcome.seconds = progress_.seconds();
        return outcome;
    }

    std::vector<TrialRow> rows_of(int32_t round, std::optional<TrialState> state = {}, bool curves = false) const {
        TrialQuery query;
        query.curves = curves;
        query.sort = "id";
        query.state = state;
        query.filter = "round=" + std::to_string(round);
        return study_.trials(query);
    }

    const SweepSettings& settings_;
    const Prepared& prepared_;
    const Dataset& data_ = prepared_.dataset;
    Engine& engine_;
    Study& study_;
    const SweepControl& control_;
    const Metric metric_ = study_.header().metric;
    const Loss loss_ = settings_.loss.value_or(default_loss(data_.task));
    const PopulationOptions population_options_ = population_options(settings_, data_, study_);
    const int64_t budget_;

    Progress progress_{control_, metric_, trials_in_all(settings_, budget_), settings_.nets_for_each() > 1};
    std::unique_ptr<Sampler> sampler_;
    std::unique_ptr<Scheduler> scheduler_; ///< null where all trials train to their end
    std::unique_ptr<Population> population_;
    bool exhausted_ = false, enough_ = false;
};

} // namespace

} // namespace study

SweepOutcome run_sweep(const SweepSettings& settings, const Prepared& prepared, Engine& engine, Study& study, const SweepControl& control) {
    return study::Sweep(settings, prepared, engine, study, control).run();
}

} // namespace caviar
