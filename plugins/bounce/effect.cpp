#include "bounce/effect.hpp"

#include <algorithm>

namespace chapar::bounce {
namespace {

bool would_act(Kind kind) {
    switch (kind) {
        case Kind::hard:
        case Kind::soft:
        case Kind::delayed:
        case Kind::delivered:
        case Kind::relayed:
        case Kind::complaint:
        case Kind::opt_out:
            return true;
        case Kind::not_spam:
        case Kind::auto_reply:
        case Kind::unknown:
        case Kind::none:
            break;
    }
    return false;
}

std::string_view event_kind(Kind kind) {
    switch (kind) {
        case Kind::hard:
        case Kind::soft:
            return "bounced";
        case Kind::delayed:
            return "delayed";
        case Kind::delivered:
            return "delivered";
        case Kind::relayed:
            return "relayed";
        case Kind::complaint:
            return "complained";
        case Kind::opt_out:
            return "unsubscribed";
        case Kind::not_spam:
            return "not_spam";
        case Kind::auto_reply:
            return "auto_reply";
        case Kind::unknown:
        case Kind::none:
            break;
    }
    return {};
}

std::string detail_of(const Finding& finding, const std::string& said, const Evidence& evidence) {
    if (!said.empty()) return said;
    if (!finding.feedback.empty()) return finding.feedback;
    return evidence.text.empty() ? evidence.rule : evidence.text;
}

}  // namespace

std::optional<std::string> attempt_of(const Finding& finding, std::span<const std::string> envelope,
                                      const seal::ReturnPaths& seals) {
    for (const auto& address : envelope)
        if (auto attempt = seals.attempt_of(address)) return attempt;
    for (const auto& address : finding.return_paths)
        if (auto attempt = seals.attempt_of(address)) return attempt;
    return std::nullopt;
}

std::vector<std::string> unsubscribes(const Finding& finding, std::span<const std::string> envelope,
                                      const seal::ReturnPaths& mailboxes) {
    const bool is_report = would_act(finding.kind) && finding.kind != Kind::opt_out;
    std::vector<std::string> out;
    if (is_report) return out;
    const auto add = [&](std::span<const std::string> addresses) {
        for (const auto& address : addresses)
            if (auto attempt = mailboxes.attempt_of(address); attempt && std::ranges::find(out, *attempt) == out.end())
                out.push_back(std::move(*attempt));
    };
    add(envelope);
    if (envelope.empty()) add(finding.addressed_to);
    return out;
}

std::vector<Telling> events_of(const Finding& finding) {
    std::vector<Telling> out;
    for (const Recipient& each : finding.recipients)
        if (const auto kind = event_kind(each.kind); !kind.empty())
            out.push_back({std::string(kind), each.address, each.status, detail_of(finding, each.said, each.evidence),
                           each.blame});
    const auto kind = event_kind(finding.kind);
    if (out.empty() && !kind.empty())
        out.push_back(
            {std::string(kind), "", finding.status, detail_of(finding, finding.said, finding.evidence), finding.blame});
    return out;
}

std::string_view effect_words(const Finding& finding, std::optional<bool> is_sealed) {
    if (would_act(finding.kind) && is_sealed == false)
        return "nothing: no good seal says that it is about a message of ours; it is counted";
    switch (finding.kind) {
        case Kind::hard:
            return "the message fails or takes its next channel; nobody is written to at this address any more";
        case Kind::soft:
            return "the message fails or takes its next channel; the address stays";
        case Kind::delayed:
            return "nothing yet: the other server still tries; it is noted";
        case Kind::delivered:
            return "the message is delivered";
        case Kind::relayed:
            return "nothing: it was handed on to a system that reports nothing; it is noted";
        case Kind::complaint:
            return "no advertising goes to this address any more";
        case Kind::opt_out:
            return "no advertising goes to this address any more";
        case Kind::not_spam:
            return "nothing; it is noted";
        case Kind::auto_reply:
            return "nothing: a program answers; it is noted";
        case Kind::unknown:
            return "nothing: no rule knows it; it is counted";
        case Kind::none:
            break;
    }
    return "nothing: it reports nothing; it is counted";
}

std::string_view verdict_words(const Finding& finding, std::optional<bool> is_sealed) {
    return would_act(finding.kind) && is_sealed == false ? "unsealed" : name(finding.kind);
}

}  // namespace chapar::bounce
