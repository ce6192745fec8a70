#include "engage/feed_entry_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "engage/judged.hpp"
#include "model/message.hpp"
#include "net/rfc3339.hpp"

namespace chapar::engage {
namespace {

constexpr std::string_view id_prefix = "evt_";
constexpr std::size_t number_digits = 16, mark_digits = 6;

template <class T>
std::optional<T> read_hex(std::string_view text) {
    T value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace

std::string event_id(const model::FeedEntry& entry) {
    return fmt::format("{}{:016x}{:06x}", id_prefix, entry.number, entry.mark);
}

std::optional<EventNumber> read_event_id(std::string_view id) {
    if (!id.starts_with(id_prefix) || id.size() != id_prefix.size() + number_digits + mark_digits) return std::nullopt;
    id.remove_prefix(id_prefix.size());
    const auto number = read_hex<std::int64_t>(id.substr(0, number_digits));
    const auto mark = read_hex<std::uint32_t>(id.substr(number_digits));
    if (!number || *number <= 0 || !mark) return std::nullopt;
    return EventNumber{*number, *mark};
}

void write_hit(json::Writer& out, const model::Hit& hit) {
    out.member("by", model::name(hit.by)).member("score", hit.points).key("reasons").begin_array();
    for (const auto reason : reasons_of(hit))
        out.value(reason);
    out.end_array();
    if (hit.kind == model::Engaged::clicked) out.member("link", int{hit.link});
}

void write_feed_entry(json::Writer& out, const model::FeedEntry& entry) {
    // What is only perhaps a no is a word like any other, with what it may be.
    const bool is_perhaps = entry.kind == "perhaps_unsubscribed";
    out.begin_object()
        .member("number", entry.number)
        .member("id", event_id(entry))
        .member("kind", is_perhaps ? "inbound" : entry.kind);
    if (is_perhaps) out.member("perhaps", "unsubscribed");
    out.member("effect", model::name(entry.effect));
    out.member("at", net::format_time(entry.at)).member("noted_at", net::format_time(entry.noted_at));
    if (entry.message) out.member("message", entry.message->text());
    if (entry.attempt != 0) out.member("attempt", entry.attempt);
    if (entry.parts != 0) out.member("segment", entry.part).member("segments", entry.parts);
    const std::pair<std::string_view, const std::string*> texts[] = {{"application", &entry.application},
                                                                     {"recipient", &entry.recipient},
                                                                     {"channel", &entry.channel},
                                                                     {"route", &entry.route},
                                                                     {"address", &entry.address},
                                                                     {"code", &entry.code},
                                                                     {"detail", &entry.detail},
                                                                     {"provider_id", &entry.provider_id},
                                                                     {"reason", &entry.reason},
                                                                     {"class", &entry.class_name},
                                                                     {"campaign", &entry.campaign},
                                                                     {"template", &entry.template_name},
                                                                     {"idempotency_key", &entry.idempotency_key}};
    for (const auto& [name, text] : texts) {
        if (!text->empty()) out.member(name, *text);
    }
    if (entry.hit) write_hit(out, *entry.hit);
    if (entry.is_test || entry.route == model::sandbox_name) out.member("test", true);
    if (entry.state) out.member("state", model::name(*entry.state));
    if (!entry.tags.empty()) {
        out.key("tags").begin_array();
        for (const auto& tag : entry.tags)
            out.value(tag);
        out.end_array();
    }
    if (!entry.metadata.empty()) out.key("metadata").raw(entry.metadata);
    out.end_object();
}

}  // namespace chapar::engage
