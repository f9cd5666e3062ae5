#include "host/cli/config.h"

#include "caviar/error.h"
#include "host/cli/data_place.h"
#include "host/cli/settings.h"
#include "host/cli/spelling.h"
#include "host/study/same_study.h"
#include "host/study/schema.h"

#include <toml++/toml.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

namespace caviar::cli {

namespace {

constexpr size_t longest = size_t{1} << 20;

struct Item {
    std::string key;
    const toml::node* node;
};

/// toml++ keeps tables sorted by key; a space is read in the order it was written in.
std::vector<Item> in_order(const toml::table& table) {
    std::vector<Item> items;
    for (auto&& [key, node] : table) items.push_back({std::string(std::string_view(key)), &node});
    const auto place = [](const Item& item) {
        const auto& begin = item.node->source().begin;
        return std::pair{begin.line, begin.column};
    };
    std::stable_sort(items.begin(), items.end(), [&](const Item& a, const Item& b) { return place(a) < place(b); });
    return items;
}

class Reader {
public:
    Reader(std::string name, Request& request) : name_(std::move(name)), request_(request) {}

    void read(const toml::table& root) {
        std::vector<Item> sections = in_order(root);
        // [train] may hold what [space] varies, so it comes after it wherever it stands.
        std::stable_partition(sections.begin(), sections.end(), [](const Item& item) { return item.key != "train"; });
        for (const Item& section : sections) {
            if (section.key != "data" && section.key != "space" && section.key != "search" && section.key != "train") {
                fail(*section.node, "there is no section [" + section.key + "]" + suggestion(section.key, {"data", "space", "search", "train"}) +
                                        " Sections: [data] [space] [search] [train]");
            }
            const toml::table* table = section.node->as_table();
            if (table == nullptr) fail(*section.node, "[" + section.key + "] has to be a table");
            if (section.key == "space") {
                read_space(*table);
            } else {
                read_settings(section.key, *table);
            }
        }
    }

private:
    std::string place(const toml::node& node) const {
        const auto& begin = node.source().begin;
        return name_ + ':' + std::to_string(begin.line) + ':' + std::to_string(begin.column);
    }
    [[noreturn]] void fail(const toml::node& node, const std::string& what) const { throw UsageError(place(node) + ": " + what); }
    std::string where(const std::string& section, const Item& item) const {
        return place(*item.node) + ": [" + section + "] " + item.key;
    }

    static Json json_of(const toml::node& node, Kind kind) {
        if (const auto* text = node.as_string()) return text->get();
        if (const auto* whole = node.as_integer()) {
            if (kind == Kind::text) return std::to_string(whole->get()); // target = -1
            return whole->get();
        }
        if (const auto* real = node.as_floating_point()) return real->get();
        if (const auto* flag = node.as_boolean()) return flag->get();
        if (const auto* array = node.as_array(); array != nullptr && kind == Kind::list) {
            Json list = Json::array();
            for (const toml::node& item : *array) list.push_back(json_of(item, Kind::text));
            return list;
        }
        return {};
    }

    void read_settings(const std::string& section, const toml::table& table) {
        std::vector<std::string> known;
        for (const Setting& setting : settings()) {
            if (section == setting.section) known.emplace_back(setting.key);
        }
        std::vector<Item> items = in_order(table);
        // `units` fills the layers there are.
        std::stable_partition(items.begin(), items.end(), [](const Item& item) { return item.key == "layers"; });
        for (const Item& item : items) {
            const Setting* setting = nullptr;
            for (const Setting& s : settings()) {
                if (section == s.section && item.key == s.key) setting = &s;
            }
            if (setting != nullptr) {
                set(request_, *setting, json_of(*item.node, setting->kind), where(section, item));
                if (setting->get(request_) == setting->get(untouched_)) request_.said.erase(setting->key);
            } else if (section == "train") {
                SpaceEntry entry{item.key, constant(*item.node, where(section, item)), {}, true, where(section, item)};
                request_.space.push_back(std::move(entry));
            } else {
                fail(*item.node, "[" + section + "] has no key '" + item.key + "'" + suggestion(item.key, known));
            }
        }
    }

    void read_space(const toml::table& table) {
        for (const Item& item : in_order(table)) {
            const std::string at = where("space", item);
            if (item.key == "only") {
                const auto* flag = item.node->as_boolean();
                if (flag == nullptr) throw UsageError(at + ": true or false is wanted");
                request_.only = flag->get();
            } else if (const toml::table* inner = item.node->as_table()) {
                request_.space.push_back(read_parameter(item.key, *inner, at));
            } else {
                request_.space.push_back({item.key, distribution(*item.node, at), {}, false, at});
            }
        }
    }

    SpaceEntry read_parameter(const std::string& name, const toml::table& table, const std::string& at) const {
        SpaceEntry entry{name, {}, {}, false, at};
        bool given = false;
        for (const Item& item : in_order(table)) {
            if (item.key == "dist") {
                entry.distribution = distribution(*item.node, at);
                given = true;
            } else if (item.key == "when") {
                const auto* text = item.node->as_string();
                if (text == nullptr) fail(*item.node, "when: text such as \"optimizer=momentum,nesterov\" is wanted");
                try {
                    entry.when = parse_condition(text->get());
                } catch (const UsageError& error) {
                    fail(*item.node, std::string("when: ") + error.what());
                }
            } else {
                fail(*item.node, "a parameter has no key '" + item.key + "'" + suggestion(item.key, {"dist", "when"}));
            }
        }
        if (!given) throw UsageError(at + ": dist is missing, for example { dist = \"beta(0.9,0.999)\", when = \"optimizer=momentum\" }");
        return entry;
    }

    static Distribution constant(const toml::node& node, const std::string& at) {
        Distribution one;
        if (const auto* whole = node.as_integer()) {
            one.choices = {Value(whole->get())};
        } else if (const auto* real = node.as_floating_point()) {
            one.choices = {Value(real->get())};
        } else if (const auto* flag = node.as_boolean()) {
            one.choices = {Value(std::string(flag->get() ? "true" : "false"))};
        } else if (const auto* text = node.as_string()) {
            return text_distribution(text->get(), at);
        } else {
            throw UsageError(at + ": a number or a word is wanted");
        }
        return one;
    }

    static Distribution distribution(const toml::node& node, const std::string& at) { return constant(node, at); }

    static Distribution text_distribution(const std::string& text, const std::string& at) {
        try {
            return parse_distribution(text);
        } catch (const UsageError& error) {
            throw UsageError(at + ": " + error.what());
        }
    }

    std::string name_;
    Request& request_;
    const Request untouched_;
};

/// toml++ bounds how deep values nest, but not the tables that one dotted key makes, and it walks them recursively.
/// A key is what stands between structural characters; dots in strings and comments are none of its own.
void refuse_deep_keys(std::string_view text, const std::string& name) {
    constexpr int most_dots = 32; // a settings file needs one: [section] key
    size_t line = 1;
    int dots = 0;
    for (size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '#') {
            at = std::min(text.find('\n', at), text.size()) - 1;
        } else if (c == '"' || c == '\'') {
            const bool lines = text.substr(at, 3) == std::string(3, c);
            at += lines ? 3 : 1;
            for (; at < text.size(); ++at) {
                if (text[at] == '\n' && !lines) break; // an error, which is toml++'s to tell
                line += text[at] == '\n';
                if (c == '"' && text[at] == '\\') ++at, line += at < text.size() && text[at] == '\n';
                else if (text[at] == c && (!lines || text.substr(at, 3) == std::string(3, c))) break;
            }
            if (at < text.size() && text[at] == '\n') --at;
            else if (lines) at = std::min(text.find_first_not_of(c, at), std::min(at + 5, text.size())) - 1; // up to two quotes more belong to the text
        } else if (c == '\n' || std::string_view("[]{}=,").find(c) != std::string_view::npos) {
            dots = 0;
            line += c == '\n';
        } else if (c == '.' && ++dots > most_dots) {
            throw UsageError(name + ':' + std::to_string(line) + ": a key with more than " + std::to_string(most_dots) +
                             " dots; settings are written as [section] and key = value");
        }
    }
}

void read_study(const std::string& path, Request& request) {
    const auto study = Study::read(path);
    if (study::is_panda(*study))
        throw UsageError("--config: " + path + " is the study of one babysat model; its settings are written by caviar panda " + path + " --print-config");
    const StudyHeader header = study->header();
    SweepSettings settings = settings_from_json(header.settings);
    settings.data = data_of(*study, settings);
    read_config(to_toml(config_lines(settings, request.engine)), path, request);
    request.settings.initial = {settings.initial.file, settings.initial.hash, header.initial}; // its file may be gone
    request.said.clear();
}

} // namespace

void read_config(const std::string& text, const std::string& name, Request& request) {
    if (text.size() > longest) throw UsageError(name + ": a settings file is at most a megabyte");
    refuse_deep_keys(text, name);
    toml::table root;
    try {
        root = toml::parse(text);
    } catch (const toml::parse_error& error) {
        const auto& begin = error.source().begin;
        throw UsageError(name + ':' + std::to_string(begin.line) + ':' + std::to_string(begin.column) + ": " +
                         std::string(error.description()));
    }
    Reader(name, request).read(root);
}

void read_config_file(const std::string& path, Request& request) {
    if (study::is_study(path)) return read_study(path, request);
    std::ifstream file(path, std::ios::binary);
    std::string text(longest + 1, '\0');
    if (!file || !(file.read(text.data(), static_cast<std::streamsize>(text.size())) || file.eof())) {
        throw UsageError("--config: " + path + " cannot be read; does it exist?");
    }
    text.resize(static_cast<size_t>(file.gcount()));
    read_config(text, path, request);
}

} // namespace caviar::cli
