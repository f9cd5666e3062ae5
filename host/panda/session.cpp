#include "host/panda/session.h"

#include "caviar/error.h"
#include "host/core/condition.h"
#include "host/core/population_rules.h"
#include "host/data/memory.h"
#include "host/panda/thinning.h"
#include "host/study/cohort.h"
#include "host/study/guarded_training.h"
#include "host/study/net_memory.h"
#include "host/study/population_options.h"
#include "host/study/replay.h"
#include "host/study/same_study.h"

#include <algorithm>
#include <cstring>

namespace caviar::panda {

namespace {

/// Why a hyperparameter stays as it is from the first step on; nullptr: it may change.
const char* why_fixed(std::string_view name) {
    if (name == "layers" || name == "units" || name.starts_with("units_"))
        return "the weights learnt so far fit a net of this shape only";
    if (name == "activation") return "the weights learnt so far are worth nothing under another activation";
    if (name.starts_with("init") || name == "zero_output") return "the first weights are drawn and learnt upon";
    if (name == "scaling" || name == "variance_kept") return "the weights learnt so far fit features of this scaling only";
    if (name == "seed") return "it keys the order of the rows from the first epoch on";
    return nullptr;
}

bool same_curve(std::span<const EpochLosses> a, std::span<const EpochLosses> b) {
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size_bytes()) == 0);
}

const Event* branch_point(const std::vector<Event>& events) {
    const auto found = std::find_if(events.begin(), events.end(), [](const Event& e) { return e.copied_from.has_value(); });
    return found == events.end() ? nullptr : &*found;
}

} // namespace

bool has_an_end(Schedule schedule) { return schedule == Schedule::cosine || schedule == Schedule::one_cycle; }

SweepSettings panda_settings(const SweepSettings& data, const Hyperparameters& h, uint64_t study_seed) {
    SweepSettings s = data;
    s.defaults = h;
    if (!has_an_end(h.schedule)) s.defaults.epochs = endless;
    s.space = {};
    s.space.fix("seed", static_cast<int64_t>(h.seed)); // every branch's, whatever its id
    s.sampler = {};
    s.sampler.name = "random";
    s.sampler.seed = study_seed;
    s.sampler.trials = 1;
    s.scheduler = {};
    s.confirm = {};
    s.repeats = 1;
    return s;
}

std::unique_ptr<Study> Session::create(const std::string& path, const SweepSettings& settings, const Prepared& prepared,
                                       const Engine& engine, int32_t goal, const std::string& origin) {
    const Trial trial = make_trial(settings, 0, 0, {{"seed", static_cast<int64_t>(settings.defaults.seed)}});
    study::require_memory(std::span(&trial, 1), prepared.dataset, settings.loss.value_or(default_loss(prepared.dataset.task)),
                          data::free_memory());
    auto study = Study::create(path, make_header(settings, prepared, engine));
    study->together([&] {
        study->add({0, "", "one model, babysat"}, std::span(&trial, 1));
        write_note(*study, {0, goal, goal, origin, {}});
    });
    return study;
}

Session::Session(const Prepared& prepared, Engine& engine, Study& study, double save_every)
    : prepared_(prepared), engine_(engine), study_(study),
      sweep_(settings_from_json(study.header().settings)), options_(study::population_options(sweep_, prepared.dataset, study)),
      save_every_(save_every), note_(read_note(study)) {
    study::require_same_data(study, prepared, engine);
    study::require_same_build(study, engine);
    study_.begin_run(engine_.capabilities());
    population_ = engine_.populate(prepared_.dataset, options_);
    const TrialRow row = row_of(note_.branch, false);
    study::require_memory(std::span(&row.trial, 1), prepared_.dataset, options_.loss, data::free_memory());
    const auto events = study_.events(note_.branch);
    bring(row.trial, events, note_.branch, row.epochs, {});
    take_in_hand(row.trial, events);
    began_ = row.result.began;
    saved_epoch_ = epoch();
}

TrialRow Session::row_of(TrialId id, bool curve) const {
    TrialQuery query;
    query.ids = {id};
    query.curves = curve;
    auto rows = study_.trials(query);
    if (rows.empty())
        throw UsageError("there is no branch " + std::to_string(id) + "; there are 0 to " + std::to_string(study_.size() - 1) +
                         ": `tree` shows them");
    return std::move(rows[0]);
}

Hyperparameters Session::settings_before(int32_t epoch) const { return study::settings_after(trial_, events_, epoch - 1); }

int32_t Session::changed_at() const {
    int32_t last = 0;
    for (const Event& event : events_) last = std::max(last, event.epoch);
    return last;
}

std::string Session::ended() const {
    const std::string trained = std::to_string(epoch());
    if (result_.state == TrialState::diverged)
        return "the model has diverged at epoch " + trained + "; `rewind N` goes back to where it was well";
    if (result_.state != TrialState::complete || (now_ != wanted_ && epoch() < wanted_.epochs)) return {};
    if (epoch() >= wanted_.epochs)
        return has_an_end(wanted_.schedule) ? "the " + to_string(wanted_.schedule) + " schedule ends after " + trained +
                                                  " epochs; `set epochs N` stretches it over more of "
                                                  "them (the rate then jumps up), `set schedule constant` leaves it"
                                            : "it has trained for as many epochs as there may be";
    return "early stopping ended it after " + trained + " epochs; `set patience 0 patience_factor 0` switches that off";
}

bool Session::train_epoch(std::stop_token stop) {
    if (const std::string why = ended(); !why.empty()) throw UsageError(why);
    if (stop.stop_requested()) return false;
    if (now_ != wanted_) {
        population_->adjust(branch(), wanted_);
        now_ = wanted_;
    }
    TrainControl control;
    control.stop = stop;
    const TrialId id = branch();
    TrialResult result = study::train_guarded(*population_, 1, std::span(&id, 1), control, [] {}).at(0);
    if (result.curve.size() == result_.curve.size()) return false;
    result_ = std::move(result);
    enter_epoch(note_.script);
    saved_ = false;
    if (Clock::now() - last_save_ >= std::max(std::chrono::duration<double>(save_every_), 10 * save_took_)) save();
    return true;
}

std::string Session::set(const std::vector<std::pair<std::string, std::string>>& names_and_values) {
    Hyperparameters h = wanted_;
    int32_t goal = note_.goal;
    bool goal_named = false;
    std::string line = "set", idle;
    for (const auto& [name, value] : names_and_values) {
        (void)field(name); // throws for an unknown one
        if (const char* why = why_fixed(name))
            throw UsageError(name + " cannot change in mid-training: " + why + "; begin another model for that");
        caviar::set(h, name, value);
        if (name == "epochs") goal = h.epochs, goal_named = true;
        line += " " + name + " " + value;
    }
    if (goal_named && goal <= epoch())
        throw UsageError("epochs: " + std::to_string(epoch()) + " are trained already; name more, or go back with `rewind`");
    if (has_an_end(h.schedule)) {
        if (!has_an_end(wanted_.schedule) && goal <= epoch())
            throw UsageError("the " + to_string(h.schedule) + " schedule falls towards the last epoch, and all " +
                             std::to_string(goal) + " are trained; say how many there are to be: set schedule " +
                             to_string(h.schedule) + " epochs N");
        if (goal_named || !has_an_end(wanted_.schedule)) h.epochs = goal;
    } else {
        h.epochs = endless;
    }
    check_adjustable(branch(), wanted_, h);
    for (const auto& [name, value] : names_and_values)
        if (const auto when = core::automatic_condition(field(name)); when && !core::meets(*when, get(h, when->parameter)))
            idle += (idle.empty() ? "" : "; ") + name + " has no effect here: only where " + std::string(field(name).when);

    wanted_ = h;
    note_.goal = goal;
    note_.script.push_back(line);
    const auto here = std::find_if(events_.begin(), events_.end(), [&](const Event& e) { return e.epoch == epoch(); });
    Event& event = here != events_.end() ? *here : events_.emplace_back(Event{branch(), epoch(), {}, {}});
    event.changes = study::changes(settings_before(epoch()), wanted_);
    saved_ = false;
    save();
    return idle;
}

/// The changes before an epoch of the branch in hand, for one that shares them.
std::vector<Event> Session::past(int32_t epoch) const {
    std::vector<Event> list;
    for (Event event : events_) {
        event.copied_from.reset();
        if (event.epoch < epoch && !event.changes.empty()) list.push_back(std::move(event));
    }
    return list;
}

void Session::rewind(int32_t to, std::stop_token stop) {
    if (epoch() == 0) throw UsageError("nothing is trained yet, so there is nothing to go back from");
    if (to < 0 || to >= epoch())
        throw UsageError("this branch has trained " + std::to_string(epoch()) + " epochs: it can go back to epochs 0 to " +
                         std::to_string(epoch() - 1));
    // The branch that lived that moment: this one, or one that it came from.
    TrialId owner = branch();
    for (std::vector<Event> events = events_; const Event* point = branch_point(events); events = study_.events(owner)) {
        if (to > point->epoch) break;
        owner = *point->copied_from;
    }
    fork("rewind to " + std::to_string(to), owner, to, settings_before(to), stop);
}

void Session::branch_off() { fork("branch", branch(), epoch(), wanted_, {}); }

void Session::fork(const std::string& line, TrialId parent, int32_t at, const Hyperparameters& wanted, std::stop_token stop) {
    save();
    const auto round = static_cast<int32_t>(study_.rounds().size());
    const Trial trial = make_trial(sweep_, study_.size(), round, trial_.configuration);
    std::vector<Event> events = past(at);
    events.push_back({trial.id, at, parent, study::changes(settings_before(at), wanted)});
    for (Event& event : events) event.trial = trial.id;
    bring(trial, events, parent, at, stop);
    const TrialId left = branch();
    study_.together([&] {
        study_.add({round, "", "branch of " + std::to_string(parent) + " after " + std::to_string(at) + " epochs"},
                   std::span(&trial, 1));
        study_.record_events(events);
        take_in_hand(trial, events);
        began_ = 0;
        saved_epoch_ = 0;
        note_.script.push_back(line);
        write_state();
    });
    population_->retire(std::span(&left, 1));
}

void Session::switch_to(TrialId id, std::stop_token stop) {
    if (id == branch()) throw UsageError("branch " + std::to_string(id) + " is in hand already");
    save();
    const TrialRow row = row_of(id, false);
    const auto events = study_.events(id);
    bring(row.trial, events, id, row.epochs, stop);
    const TrialId left = branch();
    take_in_hand(row.trial, events);
    began_ = row.result.began;
    saved_epoch_ = epoch();
    population_->retire(std::span(&left, 1));
    note_.script.push_back("switch " + std::to_string(id));
    saved_ = false;
    save();
}

/// Brings a trial with these events into the population as it is after `epoch` epochs, from the nearest checkpoint of `source` or
/// of those that it came from: up to there their nets are the same.
void Session::bring(const Trial& trial, const std::vector<Event>& events, TrialId source, int32_t epoch, std::stop_token stop) {
    int32_t from = 0;
    TrialId owner = source;
    int32_t limit = epoch;
    for (TrialId id = source;;) {
        for (const int32_t at : study_.checkpoints(id))
            if (at <= limit && at > from) from = at, owner = id;
        const auto its = study_.events(id);
        const Event* point = branch_point(its);
        if (!point) break;
        limit = std::min(limit, point->epoch);
        id = *point->copied_from;
    }
    Trial as_then = trial;
    as_then.hyperparameters = study::settings_after(trial, events, from - 1);
    population_->admit(std::span(&as_then, 1));
    try {
        if (from > 0) population_->restore(trial.id, study_.checkpoint(owner, from));
        TrainControl control;
        control.stop = stop;
        for (int32_t trained = from; trained < epoch;) {
            int32_t next = epoch;
            for (const Event& event : events) {
                if (event.epoch == trained) population_->adjust(trial.id, study::settings_after(trial, events, trained));
                if (event.epoch > trained) next = std::min(next, event.epoch);
            }
            study::train_guarded(*population_, next - trained, std::span(&trial.id, 1), control, [] {});
            if (stop.stop_requested()) throw Error(ExitCode::interrupted, "Interrupted while going back; nothing has changed.");
            trained = next;
        }
        if (from == epoch) return;
        std::vector<EpochLosses> then = row_of(source, true).result.curve;
        then.resize(std::min(then.size(), static_cast<size_t>(epoch)));
        if (!same_curve(population_->result(trial.id).curve, then))
            throw RuntimeFailure(study_.path() + ": epochs " + std::to_string(from + 1) + " to " + std::to_string(epoch) +
                                 " of branch " + std::to_string(source) +
                                 " did not train to the same bits again; `caviar doctor` shows this machine, please report it");
    } catch (...) {
        population_->retire(std::span(&trial.id, 1));
        throw;
    }
}

/// After `bring`.
void Session::take_in_hand(Trial trial, std::vector<Event> events) {
    trial_ = std::move(trial);
    events_ = std::move(events);
    result_ = population_->result(trial_.id);
    now_ = settings_before(epoch());
    wanted_ = study::settings_after(trial_, events_, epoch());
    note_.branch = trial_.id;
}

void Session::save() {
    if (saved_) return;
    const auto begin = Clock::now();
    study_.together([&] { write_state(); });
    last_save_ = Clock::now();
    save_took_ = last_save_ - begin;
    saved_ = true;
}

void Session::write_state() {
    const TrialId id = branch();
    if (epoch() > saved_epoch_) {
        TrialResult result = result_;
        if (result.state == TrialState::waiting) result.state = TrialState::complete; // as far as it came
        if (began_ > 0 && result.dated()) result.began = std::min(began_, result.began);
        study_.reopen(id);
        const bool kept = result.state == TrialState::complete && study_.keeps(score(result, options_.metric), id);
        const Weights weights = kept ? population_->weights(id) : Weights{};
        const Weights* const pointer = kept ? &weights : nullptr;
        study_.record(std::span(&result, 1), std::span(&pointer, 1));
        const auto bytes = population_->checkpoint(id);
        study_.keep_checkpoint(id, epoch(), bytes);
        for (const int32_t old : surplus(study_.checkpoints(id), checkpoints_kept(bytes.size()))) study_.drop_checkpoint(id, old);
        saved_epoch_ = epoch();
    }
    for (const Event& event : events_)
        if (event.epoch == epoch()) study_.record_events(std::span(&event, 1));
    write_note(study_, note_);
}

} // namespace caviar::panda
