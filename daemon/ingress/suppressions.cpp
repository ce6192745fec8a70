// /v1/suppressions: addresses that are not written to. The list is the whole site's: anybody who may call may add to
// it, only the operator reads it and removes from it.
#include <algorithm>

#include "base/json.hpp"
#include "ingress/bodies.hpp"
#include "ingress/members.hpp"
#include "ingress/person_json.hpp"
#include "ingress/suppression_row.hpp"
#include "net/rfc3339.hpp"

namespace chapar::ingress {
namespace {

constexpr std::size_t max_rows = 1000;
constexpr int default_page = 100, largest_page = 1000;

net::Response bad_query(std::string detail) {
    return net::to_response({400, "invalid-query", std::move(detail), {}, {}});
}

std::string source_of(const net::Caller& caller) {
    return caller.application.empty() ? std::string("operator") : caller.application;
}

SuppressionWords read_words(const simdjson::dom::object& object, std::string_view where, Errors& errors) {
    SuppressionWords out;
    Members members(where, errors);
    const auto known = suppression_members();
    for (const auto member : object) {
        std::string_view text;
        auto* into = out.member(member.key);
        if (!into) {
            members.unknown(member.key, known);
            continue;
        }
        members.text(member.value, member.key, text);
        *into = text;
    }
    return out;
}

/// Of `rows` those that are in force already, and since when: who may not read the list learns of what it adds.
Result<std::string> already_there(const Deps& deps, const std::vector<model::Suppression>& rows) {
    const auto now = deps.clock.now();
    json::Writer out;
    out.begin_array();
    const auto look = [&](model::Ledger& ledger) {
        for (const auto& row : rows) {
            for (const auto& known : ledger.suppressions(row.channel, row.address)) {
                if (known.channel != row.channel || known.reach != row.reach) continue;
                if (known.until && *known.until <= now) continue;
                out.begin_object().member("channel", row.channel).member("address", row.address);
                out.member("reach", name(known.reach)).member("since", net::format_time(known.at));
                if (known.until) out.member("until", net::format_time(*known.until));
                out.end_object();
            }
        }
    };
    if (const auto done = deps.store.peek(look); !done) return std::unexpected(done.error());
    return out.end_array().take();
}

void put(const Deps& deps, const net::Call& call, const net::Reply& reply) {
    JsonBody json;
    const auto body = json.read(deps, call, reply, "a suppression");
    if (!body) return;
    Errors errors;
    const auto objects = JsonBody::several(*body, "suppressions", max_rows);
    if (!objects) errors.push_back({"/suppressions", fmt::format("expected a list of 1 to {} objects", max_rows)});
    const bool is_list = objects && (*body)["suppressions"].error() == simdjson::SUCCESS;
    const auto settings = deps.settings();
    std::vector<model::Suppression> rows;
    for (std::size_t i = 0; objects && i < objects->size(); ++i) {
        const auto where = is_list ? fmt::format("/suppressions/{}", i) : std::string();
        const auto before = errors.size();
        const auto words = read_words((*objects)[i], where, errors);
        if (errors.size() > before) continue;
        auto row = read_suppression(words, deps.clock.now(), source_of(call.caller), *settings);
        if (row) {
            rows.push_back(std::move(*row));
        } else {
            for (auto& error : row.error())
                errors.push_back({where + error.pointer, std::move(error.detail)});
        }
    }
    if (!errors.empty()) return reply(invalid("invalid-suppression", std::move(errors)));
    const auto count = static_cast<std::int64_t>(rows.size());
    const auto already = already_there(deps, rows);
    if (!already) return reply(storage_response(already.error()));
    deps.store.suppress(std::move(rows),
                        [&control = deps.control, reply, count, already = *already](const Result<std::int64_t>& added) {
                            if (!added) return reply(storage_response(added.error()));
                            json::Writer out;
                            out.begin_object().member("added", *added).member("known", count - *added);
                            if (*added != count) out.key("already").raw(already);
                            out.end_object();
                            // Nothing that waited leaves for these addresses after this answer.
                            control.fence([reply, text = out.take()] { reply(json_answer(200, text)); });
                        });
}

struct Query {
    std::string channel, address, after_channel, after_address;
    int limit = default_page;
};

/// Empty: understood; otherwise what is wrong.
std::string read_query(const net::Call& call, Query& out) {
    std::vector<std::pair<std::string, std::string>> members;
    if (!net::parse_query(call.request.query, members)) return "the query is not well-formed";
    for (const auto& [name, value] : members) {
        if (name == "channel") {
            out.channel = value;
        } else if (name == "address") {
            out.address = value;
        } else if (name == "limit") {
            const auto limit = read_number(value);
            if (!limit || *limit < 1 || *limit > largest_page) return "limit is a number from 1 to 1000";
            out.limit = static_cast<int>(*limit);
        } else if (name == "cursor") {
            const auto gap = value.find(' ');
            if (gap == std::string::npos) return "cursor is what `next` of the page before said";
            out.after_channel = value.substr(0, gap);
            out.after_address = value.substr(gap + 1);
        } else {
            return "known are channel with address, limit and cursor";
        }
    }
    if (out.channel.empty() != out.address.empty()) return "channel and address go together";
    return "";
}

void find_one(const Deps& deps, const Query& query, const net::Reply& reply) {
    const auto address = canonical_address(query.channel, query.address, deps.settings()->daemon.country);
    if (!address) return reply(bad_query(address.error()));
    json::Writer out;
    out.begin_object().key("suppressions").begin_array();
    const auto look = [&](model::Ledger& ledger) {
        for (const auto& row : ledger.suppressions(query.channel, *address))
            write_suppression(out, row);
    };
    if (const auto done = deps.store.peek(look); !done) return reply(storage_response(done.error()));
    reply(json_answer(200, out.end_array().end_object().take()));
}

void list(const Deps& deps, const net::Call& call, const net::Reply& reply) {
    Query query;
    if (auto wrong = read_query(call, query); !wrong.empty()) return reply(bad_query(std::move(wrong)));
    if (!query.channel.empty()) return find_one(deps, query, reply);
    const auto rows = deps.store.suppressions(query.after_channel, query.after_address, query.limit);
    if (!rows) return reply(storage_response(rows.error()));
    json::Writer out;
    out.begin_object().key("suppressions").begin_array();
    for (const auto& row : *rows)
        write_suppression(out, row);
    out.end_array();
    if (static_cast<int>(rows->size()) >= query.limit)
        out.member("next", rows->back().channel + ' ' + rows->back().address);
    reply(json_answer(200, out.end_object().take()));
}

void remove(const Deps& deps, const net::Call& call, const net::Reply& reply) {
    Query query;
    if (auto wrong = read_query(call, query); !wrong.empty()) return reply(bad_query(std::move(wrong)));
    if (query.channel.empty()) return reply(bad_query("which one? channel and address say it"));
    const auto address = canonical_address(query.channel, query.address, deps.settings()->daemon.country);
    if (!address) return reply(bad_query(address.error()));
    deps.store.unsuppress(query.channel, *address, [reply](const Result<bool>& existed) {
        if (!existed) return reply(storage_response(existed.error()));
        if (!*existed) return reply(not_found("suppression"));
        reply({204, "", "", {}, false});
    });
}

}  // namespace

std::vector<net::Endpoint> suppression_endpoints(const Deps& deps) {
    using net::Access, net::Method, net::Runs;
    constexpr const char* path = "/v1/suppressions";
    std::vector<net::Endpoint> out;
    out.push_back({Method::put, path, Access::application, Runs::on_reader,
                   [&deps](const net::Call& call, const net::Reply& reply) { put(deps, call, reply); }});
    out.push_back({Method::get, path, Access::operator_only, Runs::on_reader,
                   [&deps](const net::Call& call, const net::Reply& reply) { list(deps, call, reply); }});
    out.push_back({Method::del, path, Access::operator_only, Runs::on_reader,
                   [&deps](const net::Call& call, const net::Reply& reply) { remove(deps, call, reply); }});
    return out;
}

}  // namespace chapar::ingress
