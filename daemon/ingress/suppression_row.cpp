#include "ingress/suppression_row.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "address/key.hpp"
#include "admission/address.hpp"
#include "admission/admission.hpp"
#include "ingress/named.hpp"
#include "ingress/times.hpp"
#include "net/rfc3339.hpp"

namespace chapar::ingress {
namespace {

constexpr std::array<std::string SuppressionWords::*, 7> members{
    &SuppressionWords::channel, &SuppressionWords::address, &SuppressionWords::reach, &SuppressionWords::reason,
    &SuppressionWords::source,  &SuppressionWords::at,      &SuppressionWords::until};
constexpr std::array<std::string_view, 7> names{"channel", "address", "reach", "reason", "source", "at", "until"};

bool is_erased(std::string_view address) {
    return address.starts_with("h:") && address.size() > 2 && address.size() <= 130 &&
           std::ranges::all_of(address.substr(2),
                               [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// An empty text leaves what is there.
template <class Time>
void read_time(const std::string& text, std::string_view name, Time& out, std::vector<net::ProblemDetail>& errors) {
    if (text.empty()) return;
    if (const auto read = net::parse_time(text))
        out = *read;
    else
        errors.push_back({fmt::format("/{}", name), "expected " + expected_time(text)});
}

}  // namespace

std::string* SuppressionWords::member(std::string_view name) {
    const auto found = std::ranges::find(names, name);
    return found == names.end() ? nullptr : &(this->*members[static_cast<std::size_t>(found - names.begin())]);
}

std::vector<std::string_view> suppression_members() { return {names.begin(), names.end()}; }

std::expected<std::string, std::string> canonical_address(std::string_view channel, std::string_view address,
                                                          std::string_view country) {
    if (is_erased(address)) return std::string(address);
    using admission::AddressKind;
    if (channel == "*") {
        if (address.find('@') != std::string_view::npos) return admission::canonical_email(address);
        if (auto phone = admission::canonical_phone(address, country)) return phone;
    }
    const auto kind = channel == "*" ? AddressKind::recipient : admission::address_kind(channel);
    switch (kind) {
        case AddressKind::email:
            return admission::canonical_email(address);
        case AddressKind::phone:
            return admission::canonical_phone(address, country);
        case AddressKind::recipient:
            break;
    }
    if (address.empty() || address.size() > admission::max_id || !admission::is_one_line(address))
        return std::unexpected("an address is one line of 1 to 255 bytes");
    return std::string(address);
}

std::expected<model::Suppression, std::vector<net::ProblemDetail>> read_suppression(const SuppressionWords& words,
                                                                                    Timestamp now,
                                                                                    std::string_view source,
                                                                                    const config::Settings& settings) {
    std::vector<net::ProblemDetail> errors;
    model::Suppression out;
    out.at = now;
    out.channel = words.channel;
    if (words.channel.empty())
        errors.push_back({"/channel", "expected a channel, or \"*\" for all"});
    else if (auto wrong = wrong_channel(settings, words.channel); !wrong.empty())
        errors.push_back({"/channel", std::move(wrong)});
    if (auto address = canonical_address(words.channel, words.address, settings.daemon.country))
        out.address = address::key(*address);
    else
        errors.push_back({"/address", std::move(address.error())});
    if (words.reach == "marketing")
        out.reach = model::SuppressionReach::marketing;
    else if (!words.reach.empty() && words.reach != "all")
        errors.push_back({"/reach", "expected all or marketing"});
    out.reason = words.reason.empty() ? std::string("manual") : words.reason;
    out.source = words.source.empty() ? std::string(source) : words.source;
    for (const auto& [name, text] : {std::pair("reason", &out.reason), std::pair("source", &out.source)}) {
        if (text->size() > admission::max_id || !admission::is_one_line(*text))
            errors.push_back({fmt::format("/{}", name), "expected one line of at most 255 bytes"});
    }
    read_time(words.at, "at", out.at, errors);
    read_time(words.until, "until", out.until, errors);
    if (out.until && *out.until <= now) errors.push_back({"/until", "until is past"});
    if (!errors.empty()) return std::unexpected(std::move(errors));
    return out;
}

}  // namespace chapar::ingress
