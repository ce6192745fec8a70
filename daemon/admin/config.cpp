// POST /v1/config/check: the configuration on disk against the running one. Nothing is applied.
#include <fmt/format.h>

#include "admin/answers.hpp"
#include "admin/config_check.hpp"
#include "base/json.hpp"
#include "config/diff.hpp"
#include "config/load.hpp"

namespace chapar::admin {
namespace {

void write_problem(json::Writer& out, const std::string& file, std::uint32_t line, std::uint32_t column,
                   const std::string& text) {
    out.begin_object().member("file", file).member("line", line).member("column", column);
    out.member("text", text).end_object();
}

/// What is wrong with the file; the rules themselves are only compiled when the rest is right.
void write_problems(json::Writer& out, const config::Loaded& loaded, const Error* rules) {
    out.key("problems").begin_array();
    for (const auto& problem : loaded.problems)
        write_problem(out, problem.file, problem.line, problem.column, problem.text);
    if (rules) write_problem(out, loaded.files.front(), 0, 0, rules->message());
    out.end_array();
}

void write_changes(json::Writer& out, const config::Settings& running, const config::Settings& next) {
    out.key("changes").begin_array();
    for (const auto& change : config::diff(running, next)) {
        out.begin_object().member("text", change.text).member("needs_restart", change.needs_restart).end_object();
    }
    out.end_array();
}

void write_comparison(json::Writer& out, const Comparison& found, std::int64_t waiting) {
    out.key("messages").begin_object().member("waiting", waiting).member("looked_at", found.looked_at);
    out.member("complete", found.complete).member("unchanged", found.unchanged).member("moved", found.moved);
    out.member("released", found.released).member("held", found.held).member("dropped", found.dropped);
    out.member("kept", found.kept).end_object();
}

void check(const Deps& deps, const net::Reply& reply) {
    const auto running = deps.settings();
    const auto loaded = config::read(deps.config_file);
    json::Writer out;
    const auto faulty = [&](const Error* rules) {
        out.begin_object().member("ok", false).member("file", deps.config_file);
        write_problems(out, loaded, rules);
        reply(json_response(out.end_object().take()));
    };
    if (!loaded.ok()) return faulty(nullptr);
    const auto next_rules = policy::compile(loaded.settings);
    if (!next_rules) return faulty(&next_rules.error());
    const auto rules = policy::compile(*running);
    if (!rules) return reply(problem(500, "internal", rules.error().message()));
    const auto counts = deps.messages.counts();
    const auto found = counts ? compare(deps.messages, deps.policy_reads, deps.catalogue, deps.clock,
                                        {*running, **rules}, {loaded.settings, **next_rules})
                              : Result<Comparison>(std::unexpected(counts.error()));
    if (!found) return reply(net::to_response({503, "storage-unavailable", found.error().message(), {}, 5}));
    out.begin_object().member("ok", true).member("file", deps.config_file);
    write_problems(out, loaded, nullptr);
    write_changes(out, *running, loaded.settings);
    write_comparison(out, *found, counts->by_state[static_cast<std::size_t>(model::State::waiting)]);
    reply(json_response(out.end_object().take()));
}

}  // namespace

std::vector<net::Endpoint> config_endpoints(const Deps& deps) {
    using net::Access, net::Method, net::Runs;
    return {{Method::post, "/v1/config/check", Access::operator_only, Runs::on_reader,
             [deps](const net::Call&, const net::Reply& reply) { check(deps, reply); }}};
}

}  // namespace chapar::admin
