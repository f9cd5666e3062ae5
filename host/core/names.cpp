#include "host/core/names.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace caviar {
namespace {

/// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours, each at cost 1
/// (Damerau 1964; the restricted form, in which no part is edited twice).
size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
    std::iota(last.begin(), last.end(), size_t{0});
    for (size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (size_t j = 1; j <= b.size(); ++j) {
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
        }
        std::swap(before, last);
        std::swap(last, row);
    }
    return last[b.size()];
}

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        else if (c == '-' || c == ' ') c = '_';
    return result;
}

} // namespace

std::string_view did_you_mean(std::string_view name, std::span<const std::string_view> known) {
    constexpr size_t longest = 64; // no name is longer, and the work grows with the square
    if (name.empty() || name.size() > longest) return {};
    const std::string wanted = lower(name);
    std::string_view best;
    size_t least = std::max<size_t>(1, wanted.size() / 3) + 1; // near: a third of the letters wrong at most
    for (const auto candidate : known) {
        const size_t distance = edit_distance(wanted, lower(candidate));
        if (distance < least) {
            least = distance;
            best = candidate;
        }
    }
    return best;
}

std::string core::listed(std::span<const string_view> words) {
    std::string text;
    for (const auto word : words) {
        if (!text.empty()) text += ", ";
        text += word;
    }
    return text;
}

std::string core::suggestion(string_view word, std::span<const string_view> known) {
    const auto near = did_you_mean(word, known);
    return near.empty() ? "." : ", did you mean \"" + std::string(near) + "\"?";
}

std::string to_string(Optimizer v) { return core::name_of(v); }
std::string to_string(Activation v) { return core::name_of(v); }
std::string to_string(Schedule v) { return core::name_of(v); }
std::string to_string(Init v) { return core::name_of(v); }
std::string to_string(Scaling v) { return core::name_of(v); }
std::string to_string(Task v) { return core::name_of(v); }
std::string to_string(Loss v) { return core::name_of(v); }
std::string to_string(Metric v) { return core::name_of(v); }
std::string to_string(TrialState v) { return core::name_of(v); }

Task task_from(const std::string& word) { return core::value_of<Task>("task", word); }
Loss loss_from(const std::string& word) { return core::value_of<Loss>("loss", word); }
Metric metric_from(const std::string& word) { return core::value_of<Metric>("metric", word); }

} // namespace caviar
