#pragma once
/// Every setting of a sweep, once: the flag, the key of the settings file, its help, and how it is set and shown.

#include "host/cli/request.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace caviar::cli {

using Json = nlohmann::json;

enum class Kind { text, integer, real, flag, list };

struct Setting {
    const char* section;     ///< data, search or train
    const char* key;         ///< in the settings file
    const char* flag;        ///< as CLI11 wants it; empty: no flag of its own
    const char* placeholder; ///< of the flag's value, for the help page
    const char* help;
    Kind kind;
    double low, high;        ///< allowed closed range of a number
    void (*set)(Request&, const Json&); ///< throws UsageError for a word that is not allowed
    Json (*get)(const Request&);        ///< null: not set
};

std::span<const Setting> settings();

/// Does it say what trains? Then it decides nothing that a study keeps, and every command that trains takes it.
bool is_engine(const Setting&);

/// Does this setting say anything about built-in data? Those have their columns, their target and their split.
bool fits_builtin(const Setting&);

/// The words that it takes, where these are few; else empty.
std::vector<std::string> words_of(const Setting&);

/// Checks kind and range, then sets. `where` begins the message of the UsageError otherwise.
void set(Request&, const Setting&, const Json& value, const std::string& where);

/// The same from the words given after its flag, which begins the message.
void set_flag(Request&, const Setting&, const std::vector<std::string>& words);

/// What was given on the command line; bound to CLI11's options, so it must not move.
struct SettingFlags {
    std::map<std::string, std::vector<std::string>> values; ///< by key
    bool header = false, no_header = false;
    std::vector<std::string> vary, fix;
    bool only = false;
    std::string epochs, patience, scaling;                  ///< short for --set
};

/// For what settings are wanted: for a search, or for one model, where nothing varies.
enum class Purpose { search, one_model };
/// Adds the flags of all settings and of the space, in groups.
void add_setting_flags(CLI::App& sub, SettingFlags&, Purpose = Purpose::search);
/// Lays the flags over a request (which may hold a settings file's). Throws UsageError naming the flag.
void apply(const SettingFlags&, Request&);

} // namespace caviar::cli
