#include "bounce/delivery_status.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "bounce/addresses.hpp"
#include "bounce/fields.hpp"
#include "email_rules/text.hpp"

namespace chapar::bounce {
namespace {

constexpr std::size_t most_recipients = 200;

constexpr std::pair<std::string_view, Action> actions[] = {
    {"failed", Action::failed},       {"failure", Action::failed},  {"delayed", Action::delayed},
    {"delivered", Action::delivered}, {"relayed", Action::relayed}, {"expanded", Action::expanded},
};

Action action_of(std::string_view value) {
    const auto word = email::to_lower(without_comments(value));
    for (const auto& [known, action] : actions)
        if (word.starts_with(known)) return action;
    return Action::unknown;
}

/// A status decides where the action says nothing that we know.
Action by_status(std::string_view status) {
    if (status.empty()) return Action::unknown;
    if (status.front() == '2') return Action::delivered;
    return status.front() == '4' ? Action::delayed : Action::failed;
}

/// Some write a whole reply ("smtp;550 5.1.1 ...") or a bare code into the field.
std::string status_of(std::string_view value) {
    const auto plain = without_comments(value);
    return std::string(status_in(typed_text(plain)));
}

/// Both fields, and those of systems that made up their own.
std::string address_of(const FieldGroup& group, std::initializer_list<std::string_view> names) {
    for (const auto name : names)
        if (auto found = typed_address(group[name]); !found.empty()) return found;
    return {};
}

RecipientStatus read_recipient(const FieldGroup& group) {
    RecipientStatus out;
    out.original = address_of(group, {"original-recipient", "x-original-recipient", "original-rcpt-to"});
    out.final = address_of(group, {"final-recipient", "x-actual-recipient", "final-recepient", "x-final-recipient"});
    out.status = status_of(group["status"]);
    out.diagnostic = typed_text(group["diagnostic-code"]);
    if (out.diagnostic.empty()) out.diagnostic = typed_text(group["x-diagnostic-code"]);
    out.remote_mta = typed_text(group["remote-mta"]);
    out.action = action_of(group["action"]);
    if (out.action == Action::unknown) out.action = by_status(out.status);
    return out;
}

bool is_of_a_recipient(const FieldGroup& group) {
    return group.has("final-recipient") || group.has("original-recipient") || group.has("action") ||
           group.has("x-actual-recipient") || group.has("final-recepient") || group.has("x-final-recipient");
}

}  // namespace

DeliveryStatus read_delivery_status(std::string_view text) {
    DeliveryStatus out;
    for (const FieldGroup& group : field_groups(text, most_recipients + 1)) {
        if (out.reporting_mta.empty()) out.reporting_mta = typed_text(group["reporting-mta"]);
        if (out.envelope_id.empty()) out.envelope_id = from_xtext(group["original-envelope-id"]);
        if (is_of_a_recipient(group)) out.recipients.push_back(read_recipient(group));
    }
    return out;
}

std::string_view name(Action action) {
    switch (action) {
        case Action::failed:
            return "failed";
        case Action::delayed:
            return "delayed";
        case Action::delivered:
            return "delivered";
        case Action::relayed:
            return "relayed";
        case Action::expanded:
            return "expanded";
        case Action::unknown:
            break;
    }
    return "unknown";
}

std::string_view status_in(std::string_view text) {
    while (!text.empty() && std::string_view("#([ \t").contains(text.front()))
        text.remove_prefix(1);
    std::size_t at = 0;
    const auto number = [&](std::size_t longest) {
        const auto start = at;
        while (at < text.size() && at - start < longest && text[at] >= '0' && text[at] <= '9')
            ++at;
        return at > start;
    };
    const auto dot = [&] { return at < text.size() && text[at] == '.' ? (++at, true) : false; };
    const bool is_whole = number(1) && dot() && number(3) && dot() && number(3);
    if (!is_whole || (at < text.size() && (email::is_alnum(text[at]) || text[at] == '.') &&
                      !(text[at] == '.' && at + 1 == text.size())))
        return {};
    return std::string_view("245").contains(text.front()) ? text.substr(0, at) : std::string_view();
}

std::string from_xtext(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned value = 0;
        const bool is_code =
            text[i] == '+' && i + 2 < text.size() &&
            std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16).ptr == text.data() + i + 3;
        if (is_code) i += 2;
        out += is_code ? static_cast<char>(value) : text[i];
    }
    return out;
}

}  // namespace chapar::bounce
