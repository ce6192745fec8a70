// Everything about one person: given out, or removed.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "address/key.hpp"
#include "base/json.hpp"
#include "engage/feed_entry_json.hpp"
#include "ingress/endpoints.hpp"
#include "ingress/named.hpp"
#include "ingress/person_json.hpp"
#include "ingress/said.hpp"
#include "net/json_reader.hpp"
#include "net/rfc3339.hpp"
#include "store/person.hpp"

namespace chapar::ingress {
namespace {

/// Messages of one answer; `next` continues.
constexpr int export_page = 200;

std::optional<std::vector<std::pair<std::string, std::string>>> query_of(const net::Call& call,
                                                                         const net::Reply& reply) {
    std::vector<std::pair<std::string, std::string>> members;
    if (net::parse_query(call.request.query, members)) return members;
    reply(net::to_response({400, "invalid-query", "the query is not well-formed", {}, {}}));
    return std::nullopt;
}

using Address = std::pair<std::string, std::string>;  // channel, address

/// Where this person is written to: by the profile and by every message.
void add_address(std::vector<Address>& out, std::string_view channel, std::string_view address) {
    if (address.empty()) return;
    Address one(channel, address::key(address));
    if (std::ranges::find(out, one) == out.end()) out.push_back(std::move(one));
}

std::string_view unquoted(std::string_view json) {
    return json.size() < 2 ? std::string_view() : json.substr(1, json.size() - 2);
}

Result<void> write_suppressions(const Deps& deps, const std::vector<Address>& addresses, json::Writer& out) {
    out.key("suppressions").begin_array();
    const auto look = [&](model::Ledger& ledger) {
        for (const auto& [channel, address] : addresses) {
            for (const auto& found : ledger.suppressions(channel, address))
                write_suppression(out, found);
        }
    };
    auto done = deps.store.peek(look);
    out.end_array();
    return done;
}

/// What an export gathers while it writes.
struct Known {
    std::vector<Address> addresses;
    std::vector<model::FeedEntry> reports;
    std::vector<std::string> copies;  // of other people's mails, as JSON
};

/// Those of `more` that are this application's, or nobody's.
void add_reports(std::vector<model::FeedEntry>& out, std::vector<model::FeedEntry> more, std::string_view application) {
    for (auto& entry : more)
        if (entry.application.empty() || entry.application == application) out.push_back(std::move(entry));
}

/// Of a message that is somebody else's, and of those who got it beside this person, it is not told.
std::string copy_json(const store::Record& record, const model::Copy& copy) {
    const auto& message = record.message;
    json::Writer out;
    out.begin_object().member("id", message.id.text()).member("class", message.class_name);
    out.member("copy", copy.is_hidden ? "bcc" : "cc").member("address", copy.address);
    out.member("state", model::name(record.progress.state))
        .member("accepted_at", net::format_time(message.accepted_at));
    return out.end_object().take();
}

/// The messages of one page, whole. What they know of the person is added to `known`.
Result<std::optional<MessageKey>> write_messages(const Deps& deps, const net::Call& call, const store::Person& who,
                                                 std::optional<MessageKey> below, Known& known, json::Writer& out) {
    store::ListFilter filter;
    filter.application = call.caller.application;
    filter.names = store::marked_names(who);
    if (std::ranges::find(filter.names, call.parameters[0]) == filter.names.end())
        filter.names.push_back(call.parameters[0]);  // as an earlier version kept it
    filter.with_copies = true;
    const auto page = deps.store.list(filter, below, export_page);
    if (!page) return std::unexpected(page.error());
    out.key("messages").begin_array();
    for (const auto& listed : page->records) {
        if (const auto* copy = store::copy_alone(listed.message, filter.names)) {
            known.copies.push_back(copy_json(listed, *copy));
            continue;
        }
        for (const auto& step : listed.message.plan)
            add_address(known.addresses, step.channel, step.address);
        auto reports = deps.store.feed_of(listed.message.id.key());
        if (!reports) return std::unexpected(reports.error());
        add_reports(known.reports, std::move(*reports), call.caller.application);
        auto record = deps.store.find(listed.message.id);
        const auto looks = deps.store.engagement(listed.message.id.key());
        if (!looks) return std::unexpected(looks.error());
        MessageMembers members;
        if (*looks) members.engagement = engagement_json(**looks);
        auto text = message_json(record ? *record : listed, record.has_value(), {}, nullptr, members);
        text.pop_back();
        out.raw(text + ",\"request\":" + (listed.message.body.empty() ? "null" : listed.message.body) + '}');
    }
    out.end_array();
    if (known.copies.empty()) return page->next;
    out.key("copies").begin_array();
    for (const auto& copy : known.copies)
        out.raw(copy);
    out.end_array();
    return page->next;
}

/// What the person did, and which messages they opened and clicked.
Result<void> write_conversions(const Deps& deps, const std::string& application, const store::Person& who,
                               json::Writer& out) {
    std::vector<store::PersonConversions> all;
    for (const auto& name : who.ids) {
        auto found = deps.store.conversions_of(application, name);
        if (!found) return std::unexpected(found.error());
        all.push_back(std::move(*found));
    }
    out.key("conversions").begin_array();
    for (const auto& each : all) {
        for (const auto& one : each.conversions) {
            out.begin_object().member("event", one.event).member("at", net::format_time(one.at));
            if (!one.key.empty()) out.member("key", one.key);
            if (!one.currency.empty()) out.member("value", show_money(one.value)).member("currency", one.currency);
            out.end_object();
        }
    }
    out.end_array().key("hits").begin_array();
    for (const auto& each : all) {
        for (const auto& message : each.touches) {
            for (const auto& hit : message.hits) {
                out.begin_object().member("kind", model::name(hit.kind)).member("by", model::name(hit.by));
                out.member("at", net::format_time(hit.at));
                out.member("campaign", message.campaign).end_object();
            }
        }
    }
    out.end_array();
    return {};
}

/// Receipts of those messages, and what the person wrote from one of these addresses.
Result<void> write_reports(const Deps& deps, const net::Call& call, Known& known, json::Writer& out) {
    for (const auto& [channel, address] : known.addresses) {
        auto from = deps.store.feed_from(address);
        if (!from) return std::unexpected(from.error());
        add_reports(known.reports, std::move(*from), call.caller.application);
    }
    out.key("reports").begin_array();
    for (const auto& entry : known.reports)
        engage::write_feed_entry(out, entry);
    out.end_array();
    return {};
}

void write_stored_profile(const std::optional<store::Recipient>& stored, Known& known, json::Writer& out) {
    if (!stored) {
        out.null();
        return;
    }
    out.begin_object();
    write_profile(out, *stored);
    out.end_object();
    add_address(known.addresses, "email", unquoted(net::raw_member(stored->profile, "email")));
    add_address(known.addresses, "sms", unquoted(net::raw_member(stored->profile, "phone")));
}

/// The profile; where several people have the address that is asked about, the others too.
Result<void> write_profiles(const Deps& deps, const std::string& application, const store::Person& who, Known& known,
                            json::Writer& out) {
    std::vector<std::optional<store::Recipient>> all;
    for (const auto& id : who.ids) {
        auto found = deps.store.recipient(application, id);
        if (!found) return std::unexpected(found.error());
        if (*found) all.push_back(std::move(*found));
    }
    out.key("profile");
    write_stored_profile(all.empty() ? std::nullopt : all.front(), known, out);
    if (all.size() < 2) return {};
    out.key("more_profiles").begin_array();
    for (std::size_t i = 1; i < all.size(); ++i)
        write_stored_profile(all[i], known, out);
    out.end_array();
    return {};
}

void export_person(const Deps& deps, const net::Call& call, const net::Reply& reply) {
    if (!has_application(call, reply)) return;
    std::optional<MessageKey> below;
    const auto members = query_of(call, reply);
    if (!members) return;
    for (const auto& [name, value] : *members) {
        const auto key = name == "cursor" ? read_number(value) : std::nullopt;
        if (!key) return reply(net::to_response({400, "invalid-query", "cursor is what `next` said", {}, {}}));
        below = MessageKey{*key};
    }
    const auto recipient = named(deps, call);
    const auto who = store::person_of(deps.store, call.caller.application, recipient);
    if (!who) return reply(storage_response(who.error()));
    const auto said = said_by(deps.store, deps.store, call.caller.application, *who);
    if (!said) return reply(storage_response(said.error()));

    Known known;
    json::Writer out;
    out.begin_object().member("recipient", recipient).member("application", call.caller.application);
    if (const auto done = write_profiles(deps, call.caller.application, *who, known, out); !done)
        return reply(storage_response(done.error()));
    for (const auto& address : who->addresses)
        add_address(known.addresses, address::is_number(address) ? "sms" : "email", address);
    write_consents(out, "consents", said->in_force);
    write_consents(out, "consent_history", said->history);
    out.key("events").begin_array();
    for (const auto& [event, at] : said->events)
        out.begin_object().member("event", event).member("at", net::format_time(at)).end_object();
    out.end_array();
    if (const auto done = write_conversions(deps, call.caller.application, *who, out); !done)
        return reply(storage_response(done.error()));
    const auto next = write_messages(deps, call, *who, below, known, out);
    if (!next) return reply(storage_response(next.error()));
    if (const auto done = write_reports(deps, call, known, out); !done) return reply(storage_response(done.error()));
    if (const auto done = write_suppressions(deps, known.addresses, out); !done)
        return reply(storage_response(done.error()));
    if (*next) out.member("next", std::to_string((*next)->value));
    reply(json_answer(200, out.end_object().take()));
}

constexpr std::string_view kept_anyway = "the hash of an address stays, so that nothing is sent there";

std::string erased_json(const std::string& id, const std::vector<std::pair<std::string, std::int64_t>>& counts) {
    // Addresses alone are those that the request itself named.
    const bool found =
        std::ranges::any_of(counts, [](const auto& count) { return count.second != 0 && count.first != "addresses"; });
    json::Writer out;
    out.begin_object().member("recipient", id).member("found", found);
    if (!found) {
        const bool is_address = address::is_address(id);
        out.member("words", fmt::format("nothing is kept of {}: no profile, consent, event, suppression or message; "
                                        "nothing was erased{}{}",
                                        id, is_address ? ", and " : "", is_address ? kept_anyway : ""));
    }
    out.key("erased").begin_object();
    for (const auto& [what, count] : counts)
        out.member(what, count);
    return out.end_object().end_object().take();
}

void erase(const Deps& deps, const net::Call& call, const net::Reply& reply) {
    const auto id = named(deps, call);
    auto who = store::person_of(deps.store, call.caller.application, id);
    if (!who) return reply(storage_response(who.error()));
    using Counts = std::vector<std::pair<std::string, std::int64_t>>;
    deps.store.erase_person(
        call.caller.application, std::move(*who), [&control = deps.control, reply, id](const Result<Counts>& done) {
            if (!done) return reply(storage_response(done.error()));
            control.fence([reply, body = erased_json(id, *done)] { reply(json_answer(200, body)); });
        });
}

void remove(const Deps& deps, const net::Call& call, const net::Reply& reply) {
    if (!has_application(call, reply)) return;
    const auto members = query_of(call, reply);
    if (!members) return;
    bool erases = false;
    for (const auto& [name, value] : *members) {
        if (name != "erase" || (value != "true" && value != "false"))
            return reply(net::to_response({400, "invalid-query", "known is erase=true", {}, {}}));
        erases = value == "true";
    }
    if (erases) return erase(deps, call, reply);
    const auto id = profile_named(deps, call.caller.application, named(deps, call));
    if (!id) return reply(storage_response(id.error()));
    deps.store.delete_recipient(call.caller.application, *id, [reply](const Result<bool>& existed) {
        if (!existed) return reply(storage_response(existed.error()));
        if (!*existed) return reply(not_found("recipient"));
        reply({204, "", "", {}, false});
    });
}

}  // namespace

std::vector<net::Endpoint> person_endpoints(const Deps& deps) {
    using net::Access, net::Method, net::Runs;
    std::vector<net::Endpoint> out;
    out.push_back({Method::get, "/v1/recipients/{id}/export", Access::application, Runs::on_reader,
                   [&deps](const net::Call& call, const net::Reply& reply) { export_person(deps, call, reply); }});
    out.push_back({Method::del, "/v1/recipients/{id}", Access::application, Runs::on_reader,
                   [&deps](const net::Call& call, const net::Reply& reply) { remove(deps, call, reply); }});
    return out;
}

}  // namespace chapar::ingress
