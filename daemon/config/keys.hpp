#pragma once
// The one table of keys. Reading, diffing and the reference (docs/configuration.md, chapar.toml.5) all follow it, so a
// key exists in all of them or in none.

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/settings.hpp"
#include "config/values.hpp"

namespace chapar::config {

/// One key that fills several members, or one in a way of its own: a word or a table, a number or a word.
template <class S>
struct Several {
    void (*read)(Reading&, const Slot&, S& out);
    std::string (*show)(const S&);
    std::string_view kind;  // what it accepts, for the reference
};

template <class S>
using MemberOf = std::variant<bool S::*, std::string S::*, std::vector<std::string> S::*, double S::*,
                              std::uint32_t S::*, std::uint64_t S::*, Milliseconds S::*, Priority S::*, OnDoubt S::*,
                              Requires S::*, CapSettings::CountBy S::*, CapSettings::Counts S::*, Backoff S::*,
                              Match S::*, Window S::*, Money S::*, std::vector<Span> S::*, Several<S>>;

enum class Reload : std::uint8_t { applied, needs_restart };

template <class S>
struct Key {
    std::string_view name;
    MemberOf<S> member;
    std::string_view help;  // one line, for an operator
    Rule rule = {};
    std::string_view absent = {};  // what holds without the key, when the bare default does not say it
    bool required = false;
    Reload reload = Reload::applied;
};

/// The keys of one section, in the order of the reference.
template <class S>
std::span<const Key<S>> keys();

/// A section's heading as one writes it: "[daemon]", "[class.NAME]", "[[route]]".
template <class S>
std::string_view title();

/// Every (section title, key): to say where a misplaced key belongs.
struct KnownKey {
    std::string_view section, key;
};
std::vector<KnownKey> all_keys();
/// The parts that keys_receiver, keys_webhook, keys_conversion, keys_inbound, keys_web, keys_metrics and
/// keys_policy.cpp know.
void add_receiver_keys(std::vector<KnownKey>& all);
void add_webhook_keys(std::vector<KnownKey>& all);
void add_conversion_keys(std::vector<KnownKey>& all);
void add_inbound_keys(std::vector<KnownKey>& all);
void add_web_keys(std::vector<KnownKey>& all);
void add_metrics_keys(std::vector<KnownKey>& all);
void add_policy_keys(std::vector<KnownKey>& all);
void add_category_keys(std::vector<KnownKey>& all);

template <class S, class T>
std::string show_member(T S::* member, const Rule& rule, const S& settings) {
    return show(settings.*member, rule);
}
template <class S>
std::string show_member(const Several<S>& member, const Rule&, const S& settings) {
    return member.show(settings);
}

/// The value of `key` in `settings` as text.
template <class S>
std::string show_key(const Key<S>& key, const S& settings) {
    return std::visit([&](auto member) { return show_member(member, key.rule, settings); }, key.member);
}

}  // namespace chapar::config
