#include "model/trace.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace chapar::model {
namespace {

struct Words {
    std::string_view name;
    std::string_view sentence;
};

constexpr std::array<Words, reason_count> words = {{
    {"", ""},
    {"accepted", "It was accepted and is on disk."},
    {"scheduled", "It waits for its send_at time."},
    {"handed_over", "It was handed to the channel plugin."},
    {"sent", "The provider accepted it."},
    {"delivered", "The provider reports that it arrived."},
    {"retry_later", "The provider could not take it now; it will be tried again."},
    {"rejected", "The provider refused it for good."},
    {"attempts_exhausted", "Every attempt that its class allows was used."},
    {"max_age_reached", "It became older than its class allows."},
    {"expired", "Its expires_at time passed before it could be sent."},
    {"cancelled", "It was cancelled."},
    {"in_doubt_held", "It may have been sent; its class says that a person decides (retry or cancel)."},
    {"in_doubt_retried", "It may have been sent; its class says to try again, so a duplicate is possible."},
    {"operator_retry", "Another try was asked for."},
    {"render_failed", "Its template could not be rendered."},
    {"aborted_by_template", "Its template stopped it."},
    {"quarantined", "Its stored row is damaged, so it is not sent."},
    {"no_route", "No route can carry its channel now."},
    {"next_channel", "The next channel of its plan is tried."},
    {"given_back", "It was taken up, but nothing left; it waits again."},
    {"address_missing", "The recipient has no address for this channel."},
    {"lane_throttled", "The destination asked to slow down."},
    {"circuit_open", "The provider is failing, so the route rests."},
    {"route_paused", "The route is paused."},
    {"receipt", "A later word came from the provider."},
    {"no_consent", "The person has not agreed to it, or took the consent back."},
    {"suppressed", "The address is on the suppression list."},
    {"duplicate_content", "The same content went to this person a short time ago."},
    {"quiet_hours", "It is quiet time for this person."},
    {"capped", "A cap is reached: enough was sent to this person."},
    {"too_soon", "The last message to this person is too recent."},
    {"zone_unknown", "The person's time zone is not known, so quiet time can't be ruled out."},
    {"arbitrating", "It competes with others for the last slot of a cap."},
    {"displaced", "A more important message took its slot."},
    {"superseded", "A newer message with the same collapse_key replaced it."},
    {"collected", "It goes as part of a digest."},
    {"digest_waits", "It waits for its digest."},
    {"fallback_due", "No delivery was known in time."},
    {"released", "What kept it back is over."},
    {"erased", "The person's data was removed."},
    {"digest", "It carries others as one digest."},
    {"routed", "The route was chosen among several."},
    {"estimated", "By the prices of its route it costs so much."},
    {"billed", "The provider says what it took for it."},
    {"blocked_by_operator", "The operator lets no advertising through to this person."},
    {"poison", "The daemon ended each time it was sent, so it is held as poison; a person decides (retry or cancel)."},
    {"suspected",
     "The daemon ended while it was in hand; it goes alone next, so that the one that does this is known."},
    {"restored", "The store was restored from a backup, and it may have been sent since; `chapar release` lets it go."},
    {"journal", "The store was restored from a backup; the journal tells what became of it since."},
}};

std::string one_line(std::string_view text) {
    std::string out(text.substr(0, 500));
    for (char& c : out) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
    }
    return out;
}

}  // namespace

std::string_view name(Reason reason) { return words[static_cast<std::size_t>(reason)].name; }
std::string_view sentence(Reason reason) { return words[static_cast<std::size_t>(reason)].sentence; }

std::optional<Reason> reason_from(int number) {
    if (number < 1 || number >= static_cast<int>(words.size())) return std::nullopt;
    return static_cast<Reason>(number);
}

std::string encode(const TraceEntry& entry) {
    return std::to_string(to_ms(entry.at)) + ' ' + std::to_string(static_cast<int>(entry.reason)) + ' ' +
           one_line(entry.detail) + '\n';
}

std::vector<TraceEntry> decode_trace(std::string_view text) {
    std::vector<TraceEntry> out;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        std::int64_t ms = 0;
        int code = 0;
        const char* last = line.data() + line.size();
        const auto time = std::from_chars(line.data(), last, ms);
        if (time.ec != std::errc{} || time.ptr == last) continue;
        const auto number = std::from_chars(time.ptr + 1, last, code);
        const auto reason = reason_from(code);
        if (number.ec != std::errc{} || !reason) continue;
        const char* detail = number.ptr == last ? last : number.ptr + 1;
        out.push_back({from_ms(ms), *reason, std::string(detail, last)});
    }
    return out;
}

void append(std::string& trace, const TraceEntry& entry) {
    trace += encode(entry);
    if (static_cast<std::size_t>(std::count(trace.begin(), trace.end(), '\n')) <= trace_limit) return;
    auto entries = decode_trace(trace);
    entries.erase(entries.begin() + trace_limit / 4, entries.begin() + trace_limit / 2);
    trace.clear();
    for (const auto& kept : entries)
        trace += encode(kept);
}

}  // namespace chapar::model
