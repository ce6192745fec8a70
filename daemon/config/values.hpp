#pragma once
// One value of the configuration: from its node to the typed member, and back to text. Each reader says what was
// expected when the node does not fit. Pure.

#include <concepts>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/node.hpp"
#include "config/settings.hpp"

namespace chapar::config {

/// What a text (or each element of a list) must look like: "" when it does, else what was expected.
using Check = std::string (*)(const std::string& text);

/// What a key accepts. Numbers, counts, bytes and milliseconds share the range.
struct Rule {
    std::string_view unit = {};  // of a plain number: "messages a second"
    double min = 0;
    double max = std::numeric_limits<double>::infinity();
    std::string_view zero = {};                      // why 0 is refused: the two things it may have meant
    std::span<const std::string_view> choices = {};  // of a text; of a flag: the word for false, then for true
    Check check = nullptr;
    bool is_size = false;  // a count of bytes: "1MiB" is possible
    bool is_free_table = false;
};

/// Where problems go, and where each value stood (for the checks across keys).
struct Reading {
    std::vector<Problem> problems;
    std::map<std::string, Place> places;  // "route.0.channel" -> its place
    void problem(const Place& place, std::string text) { problems.push_back(problem_at(place, std::move(text))); }
};

/// One value being read: `name` for sentences, `path` for Reading::places.
struct Slot {
    std::string name, path;
    const Node& node;
    const Rule& rule;
};

void read_value(Reading& reading, const Slot& slot, bool& out);
void read_value(Reading& reading, const Slot& slot, std::string& out);
void read_value(Reading& reading, const Slot& slot, std::vector<std::string>& out);
void read_value(Reading& reading, const Slot& slot, double& out);
void read_value(Reading& reading, const Slot& slot, std::uint32_t& out);
void read_value(Reading& reading, const Slot& slot, std::uint64_t& out);
void read_value(Reading& reading, const Slot& slot, Milliseconds& out);
void read_value(Reading& reading, const Slot& slot, Backoff& out);
void read_value(Reading& reading, const Slot& slot, Match& out);
void read_value(Reading& reading, const Slot& slot, Money& out);
void read_value(Reading& reading, const Slot& slot, Window& out);
void read_value(Reading& reading, const Slot& slot, std::vector<Span>& out);

/// The words of an enum, by its values from 0.
template <class E>
    requires std::is_enum_v<E>
std::span<const std::string_view> words_of();

/// "NAME is a list: expected EXPECTED".
void expect(Reading& reading, const Slot& slot, std::string_view expected);
/// Which of `words` the node is; a problem with the nearest otherwise.
std::optional<std::size_t> read_choice(Reading& reading, const Slot& slot, std::span<const std::string_view> words);

template <class E>
    requires std::is_enum_v<E>
void read_value(Reading& reading, const Slot& slot, E& out) {
    if (const auto index = read_choice(reading, slot, words_of<E>())) out = static_cast<E>(*index);
}

std::string show(bool value, const Rule& rule);
std::string show(const std::string& value, const Rule& rule);
std::string show(const std::vector<std::string>& value, const Rule& rule);
std::string show(double value, const Rule& rule);
std::string show(std::uint32_t value, const Rule& rule);
std::string show(std::uint64_t value, const Rule& rule);
std::string show(Milliseconds value, const Rule& rule);
std::string show(const Backoff& value, const Rule& rule);
std::string show(const Match& value, const Rule& rule);
std::string show(Money value, const Rule& rule);
std::string show(const Window& value, const Rule& rule);
std::string show(const std::vector<Span>& value, const Rule& rule);
std::string show_duration(Milliseconds value);

template <class E>
    requires std::is_enum_v<E>
std::string show(E value, const Rule&) {
    return "\"" + std::string(words_of<E>()[static_cast<std::size_t>(value)]) + "\"";
}

/// "30s", "5m", "72h", "1d", "1h30m"; nullopt and what was expected otherwise.
std::expected<Milliseconds, std::string> parse_duration(std::string_view text);
/// "10MiB" (1024s), "10MB" (1000s), "512B"; "10M" is refused, since it may mean either.
std::expected<std::uint64_t, std::string> parse_size(std::string_view text);

/// "21:30-08:30", to 24:00 at most.
std::expected<Span, std::string> parse_span(std::string_view text);
std::string show_span(Span span);
/// An instant with its offset: "2027-03-20T00:00:00+03:30" (RFC 3339).
std::expected<Timestamp, std::string> parse_moment(std::string_view text);
std::string show_moment(Timestamp at);  // in UTC

/// Reads `table` by a key table; see keys.hpp.
template <class S>
void read_table(Reading& reading, const Node& table, const std::string& path, S& out);

}  // namespace chapar::config
