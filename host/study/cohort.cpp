#include "host/study/cohort.h"

#include "caviar/error.h"
#include "host/study/guarded_training.h"

#include <algorithm>
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

class Cohort {
public:
    Cohort(const Scheduler& scheduler, Population& population, Study& study, Progress& progress, double save_every, std::span<const TrialRow> rows)
        : scheduler_(scheduler), population_(population), study_(study), progress_(progress), metric_(study.header().metric),
          recorder_(study, population, save_every) {
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
            for (const size_t i : decision.stopped) settle(members_[i], TrialState::stopped);
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

    std::vector<Standing> standings() const {
        std::vector<Standing> list;
        for (const Member& m : members_) list.push_back({id(m), m.scores, m.now.epochs, m.ended, &m.now});
        return list;
    }

    /// Trains all steps; false where it was stopped before they ended.
    bool advance(std::span<const Decision::Step> steps) {
        std::map<int32_t, std::vector<TrialId>> by_epochs; // the engine trains many by as many epochs each
        std::map<TrialId, Member*> member;
        for (const Decision::Step& step : steps) {
            Member& m = members_[step.trial];
            if (m.known) {
                const auto& curve = m.row->result.curve;
                read_off(m, curve, std::min(curve.size(), static_cast<size_t>(step.until)));
                m.ended = m.scores.size() == curve.size() && m.row->result.state != TrialState::stopped;
                if (!m.ended && m.scores.size() < static_cast<size_t>(step.until))
                    throw RuntimeFailure(study_.path() + ": trial " + std::to_string(id(m)) + " was stopped where it now would go on; the study was "
                                         "changed or made by another caviar; start a new study");
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
    Recorder recorder_;
    std::vector<Member> members_;
    std::vector<Trial> trials_;
    int64_t finished_ = 0, epochs_ = 0;
};

} // namespace

bool train_cohort(const Scheduler& scheduler, Population& population, Study& study, Progress& progress, double save_every,
                  std::span<const TrialRow> rows) {
    return Cohort(scheduler, population, study, progress, save_every, rows).train();
}

Configuration changes(const Hyperparameters& before, const Hyperparameters& after) {
    Configuration list;
    for (const Field& field : fields())
        if (const Value value = get(after, field.name); value != get(before, field.name)) list.emplace_back(field.name, value);
    return list;
}

} // namespace caviar::study
