#pragma once
/// A sweep as it was asked for, by a settings file and flags, and what that comes to for the data at hand.

#include "caviar/sweep.h"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace caviar::cli {

/// One thing said about the space: a hyperparameter varies so, or is held at a constant.
struct SpaceEntry {
    std::string name;
    Distribution distribution;
    std::optional<Condition> when;
    bool fixed = false;     ///< hold it: a constant of the space where it is part of it, else the trials' default
    std::string where;      ///< "--vary 'momentum=...'" or "FILE:3:1: [space] momentum", for messages
    bool by_flag = false;   ///< said on the command line
};

/// Where a setting was said, for messages, and whether on the command line.
struct Said {
    std::string where;
    bool by_flag = false;
};

/// Settings before the data are known. `settings.space` stays empty; `space` says what to do to the default one, in order.
struct Request {
    SweepSettings settings;
    EngineOptions engine;
    bool only = false;                 ///< begin with no parameters instead of the default space
    std::vector<SpaceEntry> space;
    /// The settings that were said, by key. One that a file leaves at its default counts as not said: --print-config writes them all.
    std::map<std::string, Said> said;

    Request();
};

/// Reads "NAME=DISTRIBUTION" or "NAME=DISTRIBUTION when OTHER=VALUE,VALUE". Throws UsageError that begins with `where`.
SpaceEntry parse_entry(std::string_view text, const std::string& where);
/// Reads "optimizer=momentum,nesterov" or "optimizer in momentum,nesterov". Throws UsageError.
Condition parse_condition(std::string_view text);
std::string to_string(const Condition&); ///< reads back to the same

/// Is this the name of a data set that needs no file?
bool is_builtin(const std::string& data);

struct Resolved {
    SweepSettings settings;
    EngineOptions engine;
    Prepared prepared;
    std::vector<std::string> notes; ///< what a person may want to know of how it was resolved
    std::map<std::string, Said> said; ///< as in the request
};

/// The target where it needs no word: images with --labels have theirs in the column "label".
void default_target(Request&);

/// How many settings are confirmed where nobody says: 5 from 100 trials on, of which they take at most 15 %. None where trials of
/// the same settings do not differ in their seeds alone, where every setting has several nets already, or where a grid would
/// lose points to it.
int32_t default_confirm(const SweepSettings&);

/// Where the data come from: the settings' files, or memory.
using Source = std::function<Prepared(const SweepSettings&)>;
/// Loads the data, lays the entries over the default space, and writes down everything that was left to be inferred. Throws UsageError
/// for what was said and has no effect, among much else.
Resolved resolve(const Request&, const Source& data);
Resolved resolve(const Request&); ///< of the settings' files

} // namespace caviar::cli
