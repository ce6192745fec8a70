// chapar bounce: what a mail that came back is, and what it would do. No daemon is asked.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>

#include "base/json.hpp"
#include "bounce/effect.hpp"
#include "bounce/judge.hpp"
#include "chapar/config.hpp"
#include "cli/command.hpp"
#include "cli/options.hpp"

namespace chapar::cli {
namespace {

constexpr std::size_t most_bytes = 16 * 1024 * 1024;  // more is never looked at

/// How mails are read: the rules, and the site's keys when they were given.
struct Reading {
    bounce::Judgement by;
    std::optional<seal::ReturnPaths> seals;
};

struct Read {
    bounce::Finding finding;
    std::optional<bool> is_sealed;  // nothing: there is no key to tell by
    std::string attempt;
};

std::optional<std::string> content(const std::string& file) {
    std::ifstream opened;
    if (file != "-") opened.open(file, std::ios::binary);
    std::istream& in = file == "-" ? std::cin : opened;
    if (!in) return std::nullopt;
    std::string text;
    std::array<char, 64 << 10> piece;
    while (text.size() < most_bytes && in) {
        in.read(piece.data(),
                std::min<std::streamsize>(piece.size(), static_cast<std::streamsize>(most_bytes - text.size())));
        text.append(piece.data(), static_cast<std::size_t>(in.gcount()));
    }
    if (in.bad() || (!in && !in.eof())) return std::nullopt;
    return text;
}

std::vector<std::string> keys_of(const Parsed& options) {
    std::vector<std::string> keys;
    const auto files = options.values.find("key");
    if (files == options.values.end()) return keys;
    for (const auto& file : files->second) {
        std::ifstream in(file, std::ios::binary);
        if (!in) throw BadConfig("the key file " + file + " can't be read: " + std::strerror(errno));
        std::string key{std::istreambuf_iterator<char>(in), {}};
        while (key.ends_with('\n') || key.ends_with('\r') || key.ends_with(' '))
            key.pop_back();
        keys.push_back(std::move(key));
    }
    return keys;
}

Reading reading_of(const Parsed& options) {
    Reading out;
    out.by.bounces = bounce::load_rules(options.get("rules"));
    if (options.has("replies")) out.by.replies = email::load_rules(options.get("replies"));
    const auto keys = keys_of(options);
    if (keys.empty()) return out;
    auto seals = seal::ReturnPaths::make(keys);
    if (!seals) throw BadConfig(seals.error());
    out.seals = std::move(*seals);
    return out;
}

Read read_mail(const std::string& mail, const Reading& by) {
    Read out{bounce::judge(mail, by.by), std::nullopt, {}};
    if (!by.seals) return out;
    const auto attempt = bounce::attempt_of(out.finding, {}, *by.seals);
    out.is_sealed = attempt.has_value();
    out.attempt = attempt.value_or("");
    return out;
}

void write_evidence(json::Writer& out, const bounce::Evidence& evidence) {
    out.key("evidence").begin_object().member("rule", evidence.rule);
    if (!evidence.place.empty()) out.member("place", evidence.place);
    if (evidence.line != 0) out.member("line", evidence.line);
    out.member("text", evidence.text).end_object();
}

std::string as_json(const std::string& file, const Read& read) {
    const auto& finding = read.finding;
    json::Writer out;
    out.begin_object().member("file", file).member("verdict", bounce::verdict_words(finding, read.is_sealed));
    out.member("kind", bounce::name(finding.kind)).member("form", finding.form);
    if (finding.blame != Blame::nobody) out.member("blame", bounce::name(finding.blame));
    for (const auto& [name, value] : {std::pair("status", &finding.status), std::pair("said", &finding.said),
                                      std::pair("feedback", &finding.feedback),
                                      std::pair("reporter", &finding.reporter), std::pair("attempt", &read.attempt)})
        if (!value->empty()) out.member(name, *value);
    out.key("recipients").begin_array();
    for (const auto& each : finding.recipients) {
        out.begin_object().member("address", each.address).member("kind", bounce::name(each.kind));
        if (each.blame != Blame::nobody) out.member("blame", bounce::name(each.blame));
        if (!each.status.empty()) out.member("status", each.status);
        if (!each.said.empty()) out.member("said", each.said);
        write_evidence(out, each.evidence);
        out.end_object();
    }
    out.end_array();
    write_evidence(out, finding.evidence);
    if (read.is_sealed) out.member("sealed", *read.is_sealed);
    if (!finding.bound.empty()) out.member("bound", finding.bound);
    return out.member("effect", bounce::effect_words(finding, read.is_sealed)).end_object().take();
}

std::string kind_words(const bounce::Finding& finding) {
    switch (finding.kind) {
        case bounce::Kind::hard:
            return "a hard bounce: nobody has this address any more";
        case bounce::Kind::soft:
            return fmt::format("a soft bounce; to blame: {}", bounce::name(finding.blame));
        case bounce::Kind::delayed:
            return "a delay: the other server still tries";
        case bounce::Kind::delivered:
            return "a delivery";
        case bounce::Kind::relayed:
            return "handed on to a system that reports nothing";
        case bounce::Kind::complaint:
            return fmt::format("a complaint{}", finding.feedback.empty() ? "" : " (" + finding.feedback + ")");
        case bounce::Kind::opt_out:
            return "somebody asks to be taken off the list";
        case bounce::Kind::not_spam:
            return "somebody says that it is no spam";
        case bounce::Kind::auto_reply:
            return "an automatic reply";
        case bounce::Kind::unknown:
            return "a report that no rule knows";
        case bounce::Kind::none:
            break;
    }
    return "no report";
}

void print_words(const std::string& file, const Read& read) {
    const auto& finding = read.finding;
    const auto line = [](std::string_view name, std::string_view value) {
        if (!value.empty()) std::puts(fmt::format("  {:<10}{}", name, value).c_str());
    };
    std::puts(fmt::format("{}: {}", file, kind_words(finding)).c_str());
    for (const auto& each : finding.recipients)
        line("address", fmt::format("{} ({}{}{})", each.address, bounce::name(each.kind),
                                    each.status.empty() ? "" : ", ", each.status));
    line("form", finding.form == "none" ? "" : finding.form);
    line("reporter", finding.reporter);
    line("said", finding.said);
    const auto& evidence = finding.evidence;
    if (!evidence.rule.empty())
        line("because", fmt::format("{}{}{}", evidence.rule, evidence.place.empty() ? "" : " at " + evidence.place,
                                    evidence.line == 0 ? "" : fmt::format(", line {}", evidence.line)));
    line("bound", finding.bound);
    if (!read.is_sealed) line("seal", "not looked at (--key FILE)");
    if (read.is_sealed) line("seal", *read.is_sealed ? "good, attempt " + read.attempt : "missing or false");
    line("effect", bounce::effect_words(finding, read.is_sealed));
}

}  // namespace

int run_bounce(Context& context, std::span<const std::string_view> args) {
    const auto options = parse_options("bounce", args, {"key", "rules", "replies"});
    if (!options) return Exit::usage;
    if (options->rest.empty()) {
        std::fputs("usage: chapar bounce [--key FILE]... [--rules FILE] [--replies FILE] FILE|-...\n", stderr);
        return Exit::usage;
    }
    try {
        const auto reading = reading_of(*options);
        int status = Exit::ok;
        for (const auto& file : options->rest) {
            const auto mail = content(file);
            if (!mail) {
                std::fputs(fmt::format("chapar bounce: {} can't be read: {}\n", file, std::strerror(errno)).c_str(),
                           stderr);
                status = Exit::failed;
                continue;
            }
            const auto read = read_mail(*mail, reading);
            context.json ? static_cast<void>(std::puts(as_json(file, read).c_str())) : print_words(file, read);
        }
        return status;
    } catch (const BadConfig& error) {
        std::fputs(fmt::format("chapar bounce: {}\n", error.what()).c_str(), stderr);
        return Exit::failed;
    }
}

}  // namespace chapar::cli
