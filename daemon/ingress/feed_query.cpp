#include "ingress/feed_query.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/json.hpp"
#include "config/suggest.hpp"
#include "engage/feed_entry_json.hpp"
#include "ingress/endpoints.hpp"
#include "ingress/feed_cursor.hpp"

namespace chapar::ingress {
namespace {

constexpr int largest_feed_page = 1000;
constexpr std::int64_t longest_feed_wait = 60;

constexpr auto known_kinds = std::to_array<std::string_view>({"sent",           "delivered",
                                                              "bounced",        "failed",
                                                              "expired",        "cancelled",
                                                              "held",           "suppressed",
                                                              "collected",      "blocked_by_operator",
                                                              "waiting",        "segment_delivered",
                                                              "segment_failed", "inbound",
                                                              "unsubscribed",   "complained",
                                                              "opened",         "clicked",
                                                              "note",           "perhaps_unsubscribed",
                                                              "converted"});

/// One kind, or several between commas. Providers may have words of their own, so a name is refused only where another
/// one is near.
std::string read_kinds(std::string_view value, std::vector<std::string>& out) {
    while (!value.empty()) {
        const auto end = std::min(value.find(','), value.size());
        const auto kind = value.substr(0, end);
        value.remove_prefix(std::min(end + 1, value.size()));
        if (kind.empty()) return "kind is one word, or several between commas";
        const bool is_known = std::ranges::find(known_kinds, kind) != known_kinds.end();
        const auto near = is_known ? std::string_view() : config::nearest(kind, known_kinds);
        if (!near.empty()) return fmt::format("there is no kind {}; did you mean {}?", printable(kind), near);
        out.emplace_back(kind);
    }
    return "";
}

std::string no_cursor(std::string_view name) {
    return fmt::format(
        "{} is no cursor that was given out here: send the `next` of the page before, or the `id` of the stream's last "
        "event, as it was given; leave it out to begin at the oldest entry",
        name);
}

std::string read_feed_member(const std::string& name, const std::string& value, const net::Caller& caller,
                             FeedQuery& out) {
    auto& filter = out.filter;
    if (value.empty()) return name + " is empty: leave it out to ask for all";
    if (name == "after") {
        const auto after = read_cursor(value);
        if (!after) return no_cursor("after");
        return out.after = *after, "";
    }
    if (name == "limit") {
        const auto limit = read_number(value);
        if (!limit || *limit < 1 || *limit > largest_feed_page) return "limit is a number from 1 to 1000";
        return out.limit = static_cast<int>(*limit), "";
    }
    if (name == "wait") {
        const auto wait = read_number(value);
        if (!wait || *wait > longest_feed_wait) return "wait is a number of seconds from 0 to 60";
        return out.wait = Milliseconds{*wait * 1000}, "";
    }
    if (name == "kind") return read_kinds(value, filter.kinds);
    if (name == "class") return filter.class_name = value, "";
    if (name == "campaign") return filter.campaign = value, "";
    if (name == "tag") return filter.tag = value, "";
    if (name == "message") {
        filter.message = MessageId::parse(value);
        return filter.message ? "" : "message is the id of a message";
    }
    if (name == "application" && caller.operator_role) return filter.application = value, "";
    return fmt::format(
        "there is no `{}`; known are after, limit, wait, kind, class, campaign, tag, message and, for the operator, "
        "application",
        printable(name));
}

}  // namespace

std::string read_feed_query(const net::Request& request, const net::Caller& caller, FeedQuery& out) {
    if (!caller.operator_role) out.filter.application = caller.application;
    std::vector<std::pair<std::string, std::string>> members;
    if (!net::parse_query(request.query, members)) return "the query is not well-formed";
    std::vector<std::string_view> seen;
    for (const auto& [name, value] : members) {
        if (name != "kind" && std::ranges::find(seen, name) != seen.end()) return name + " stands twice";
        seen.push_back(name);
        if (auto wrong = read_feed_member(name, value, caller, out); !wrong.empty()) return wrong;
    }
    if (request.last_event_id.empty()) return "";
    const auto last = read_cursor(request.last_event_id);
    if (!last) return no_cursor("Last-Event-ID");
    out.after = *last;
    return "";
}

std::string page_json(const store::FeedPage& page) {
    json::Writer out;
    out.begin_object().key("events").begin_array();
    for (const auto& entry : page.entries)
        engage::write_feed_entry(out, entry);
    out.end_array().member("next", cursor_text(page.next)).member("has_more", page.has_more);
    out.member("missed", page.missed).end_object();
    return out.take();
}

std::string page_stream(const store::FeedPage& page) {
    std::string out;
    if (page.missed) out += "event: missed\ndata: {}\n\n";
    for (const auto& entry : page.entries) {
        json::Writer data;
        engage::write_feed_entry(data, entry);
        fmt::format_to(std::back_inserter(out), "id: {}\nevent: {}\ndata: {}\n\n",
                       cursor_text({entry.number, entry.mark}), entry.kind, data.text());
    }
    return out;
}

}  // namespace chapar::ingress
