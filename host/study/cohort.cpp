#include "host/study/cohort.h"

#include "caviar/error.h"
#include "host/study/guarded_training.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace caviar::study {

namespace {

struct Member {
    const TrialRow* row;
    bool known;                ///< recorded already: its curve is read off, not trained
    Hyperparameters now;       ///< with what the scheduler changed
    std::vector<Score> scores; ///< so far
    bool ended = false, settled = false;
    bool gone = false; ///< from the engine
};

/// The scores of settings over their seeds, epoch by epoch. Where a trial ended sooner than the others, its best stays; where one
/// diverged, there all end. What was seen of earlier epochs never changes.
std::vector<Score> mean_scores(std::span<const Member> seeds) {
    const auto diverged = [](const Member& m) { return m.ended && !m.scores.empty() && !std::isfinite(m.scores.back().badness); };
    size_t longest = 0, end = std::numeric_limits<size_t>::max();
    for (const Member& m : seeds) {
        longest = std::max(longest, m.scores.size());
        if (diverged(m)) end = std::min(end, m.scores.size());
    }
    std::vector<Score> means(std::min(longest, end), Score{0, 0});
    const auto n = static_cast<double>(seeds.size());
    for (const Member& m : seeds) {
        Score best;
        for (size_t e = 0; e < means.size(); ++e) {
            if (e < m.scores.size()) best = std::min(best, m.scores[e], std::less<>());
            const Score& score = e < m.scores.size() ? m.scores[e] : best;
            means[e].badness += score.badness / n;
            means[e].loss += score.loss / n;
        }
    }
    return means;
}

class Cohort {
public:
    Cohort(const Scheduler& scheduler, Population& population, Study& study, Progress& progress, double save_every,
           std::span<const TrialRow> rows, int32_t repeats)
        : scheduler_(scheduler), population_(population), study_(study), progress_(progress), metric_(study.header().metric),
          repeats_(static_cast<size_t>(repeats)), recorder_(study, population, save_every) {
        for (const TrialRow& row : rows) {
            const bool recorded = row.result.state != TrialState::waiting;
            // A net that others take over must be there, so then all train.
            members_.push_back({&row, recorded && !scheduler.copies(), row.trial.hyperparameters, {}});
            trials_.push_back(row.trial);
        }
    }

    bool train() {
        std::vector<Trial> training;
        for (const Member& m : members_)
            if (!m.known) training.push_back(m.row->trial);
        population_.admit(training);
        while (!stopped()) {
            const Decision decision = scheduler_.next(standings());
            for (const size_t i : decision.stopped)
                for (Member& m : seeds(i)) settle(m, TrialState::stopped);
            copy(decision.copies);
            if (decision.steps.empty()) return finish();
            if (!advance(decision.steps)) break;
        }
        recorder_.flush();
        retire();
        progress_.done(finished_, epochs_);
        return false;
    }

private:
    /// Where nets are taken over, time and target wait for the cohort's end: what it has trained by then could not be kept.
    std::stop_token stop() const { return scheduler_.copies() ? progress_.asked() : progress_.stop(); }
    bool stopped() const { return stop().stop_requested(); }
    TrialId id(const Member& m) const { return m.row->trial.id; }

    /// The trials of settings `i`.
    std::span<Member> seeds(size_t i) { return std::span(members_).subspan(i * repeats_, repeats_); }

    /// What the scheduler sees. Its spans hold until the next call.
    std::vector<Standing> standings() {
        std::vector<Standing> list;
        means_.clear();
        for (size_t i = 0; i < members_.size() / repeats_; ++i) {
            const auto all = seeds(i);
            const Member& first = all[0];
            if (repeats_ > 1) means_.push_back(mean_scores(all));
            const std::span<const Score> scores = repeats_ > 1 ? means_.back() : first.scores;
            const bool diverged = repeats_ > 1 && !scores.empty() && !std::isfinite(scores.back().badness);
            const bool ended = std::all_of(all.begin(), all.end(), [](const Member& m) { return m.ended; });
            list.push_back({id(first), scores, first.now.epochs, ended || diverged, &first.now});
        }
        return list;
    }

    /// Trains all steps; false where it was stopped before they ended.
    bool advance(std::span<const Decision::Step> steps) {
        std::map<int32_t, std::vector<TrialId>> by_epochs; // the engine trains many by as many epochs each
        std::map<TrialId, Member*> member;
        for (const Decision::Step& step : steps)
            for (Member& m : seeds(step.trial)) {
                if (repeats_ > 1 && m.ended) continue; // the others of its settings go on
                if (m.known) {
                    read_on(m, step.until);
                } else {
                    by_epochs[step.until - static_cast<int32_t>(m.scores.size())].push_back(id(m));
                    member[id(m)] = &m;
                }
            }
        TrainControl control;
        control.stop = stop();
        control.on_progress = [&](int64_t, int64_t epochs) { progress_.report_now_and_then(finished_, epochs_ + epochs); };
        control.on_note = [&](const std::string& note) { progress_.say(progress_.round(), note); };
        for (const auto& [epochs, ids] : by_epochs) {
            for (const TrialResult& result : train_guarded(population_, epochs, ids, control, [&] { recorder_.flush(); })) {
                Member& m = *member.at(result.id);
                const auto before = static_cast<int64_t>(m.scores.size());
                read_off(m, result.curve, result.curve.size());
                epochs_ += static_cast<int64_t>(result.curve.size()) - before;
                m.ended = result.state != TrialState::waiting;
                if (!m.ended && static_cast<int64_t>(result.curve.size()) < before + epochs) {
                    if (!stopped()) throw RuntimeFailure("the engine left trial " + std::to_string(result.id) + " untrained");
                    return false;
                }
                if (m.ended && !scheduler_.copies()) settle(m, result.state);
            }
        }
        return !stopped();
    }

    /// The curve of a recorded trial, as far as it is to train now.
    void read_on(Member& m, int32_t until) const {
        const auto& curve = m.row->result.curve;
        read_off(m, curve, std::min(curve.size(), static_cast<size_t>(until)));
        m.ended = m.scores.size() == curve.size() && m.row->result.state != TrialState::stopped;
        if (!m.ended && m.scores.size() < static_cast<size_t>(until))
            throw RuntimeFailure(study_.path() + ": trial " + std::to_string(id(m)) + " was stopped where it now would go on; the study was "
                                 "changed or made by another caviar; start a new study");
    }

    void read_off(Member& m, std::span<const EpochLosses> curve, size_t epochs) const {
        while (m.scores.size() < epochs) m.scores.push_back(score(curve[m.scores.size()], metric_));
    }

    void copy(std::span<const Decision::Copy> copies) {
        std::vector<Event> events;
        for (const Decision::Copy& copy : copies) {
            Member &from = members_[copy.from], &to = members_[copy.to];
            events.push_back({id(to), static_cast<int32_t>(to.scores.size()), id(from), changes(to.now, copy.hyperparameters)});
            population_.adjust(id(to), copy.hyperparameters); // first, as the optimizer's state is copied between optimizers of a kind only
            population_.clone(id(from), id(to));
            to.now = copy.hyperparameters;
        }
        study_.record_events(events);
    }

    /// Its result is final.
    void settle(Member& m, TrialState state) {
        if (m.settled) return;
        m.settled = true;
        if (m.row->result.state != TrialState::waiting) return;
        TrialResult result = population_.result(id(m));
        result.state = state;
        progress_.look_at(trials_, result);
        ++finished_;
        recorder_.take(std::move(result));
        if (scheduler_.copies()) return; // others may still want its net
        const TrialId gone = id(m);
        population_.retire(std::span(&gone, 1));
        m.gone = true;
    }

    bool finish() {
        for (Member& m : members_)
            if (!m.settled) settle(m, m.known ? m.row->result.state : m.ended ? population_.result(id(m)).state : TrialState::stopped);
        recorder_.flush();
        retire();
        progress_.done(finished_, epochs_);
        return true;
    }

    void retire() {
        std::vector<TrialId> ids;
        for (const Member& m : members_)
            if (!m.known && !m.gone) ids.push_back(id(m));
        population_.retire(ids);
    }

    const Scheduler& scheduler_;
    Population& population_;
    Study& study_;
    Progress& progress_;
    const Metric metric_;
    const size_t repeats_;
    Recorder recorder_;
    std::vector<Member> members_;            ///< those of the same settings in turn
    std::vector<std::vector<Score>> means_;  ///< of each settings, where there are several of them
    std::vector<Trial> trials_;
    int64_t finished_ = 0, epochs_ = 0;
};

} // namespace

bool train_cohort(const Scheduler& scheduler, Population& population, Study& study, Progress& progress, double save_every,
                  std::span<const TrialRow> rows, int32_t repeats) {
    return Cohort(scheduler, population, study, progress, save_every, rows, repeats).train();
}

Configuration changes(const Hyperparameters& before, const Hyperparameters& after) {
    Configuration list;
    for (const Field& field : fields())
        if (const Value value = get(after, field.name); value != get(before, field.name)) list.emplace_back(field.name, value);
    return list;
}

} // namespace caviar::study
