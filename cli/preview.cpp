#include "cli/preview.hpp"

#include "base/json.hpp"
#include "base/zones.hpp"
#include "cli/browser.hpp"
#include "cli/options.hpp"
#include "cli/site.hpp"
#include "cli/template_choice.hpp"
#include "engage/preview_links.hpp"
#include "render/catalogue.hpp"
#include "render/liquid/liquid.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>

namespace chapar::cli {

namespace {
namespace fs = std::filesystem;

int complain(const std::string& sentence, int code) {
    std::fputs(fmt::format("chapar render: {}\n", sentence).c_str(), stderr);
    return code;
}

struct Wish {
    std::string folder, name, channel, locale, data, recipient, timezone, part, zone_from;
    bool opens = false;
    config::Settings site;
};

/// `--data`: JSON, "-" for standard input, or the name of a file.
std::optional<std::string> read_json(const std::string& word) {
    if (word.starts_with('{')) return word;
    if (word == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
    std::ifstream file(word, std::ios::binary);
    if (!file) return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(file), {});
}

/// "templates/welcome/email.fa.liquid" names a channel and a language too.
void take_from_file_name(const std::string& word, Wish& wish) {
    const std::string file = fs::path(word).filename().string();
    if (!file.ends_with(".liquid")) return;
    std::string_view rest = std::string_view(file).substr(0, file.size() - std::string_view(".liquid").size());
    const std::size_t dot = rest.find('.');
    if (wish.channel.empty()) wish.channel = rest.substr(0, dot);
    if (dot == std::string_view::npos) return;
    rest.remove_prefix(dot + 1);
    for (const std::string_view kind : {"mjml", "text"}) {
        if (rest == kind) return;
        if (rest.starts_with(std::string(kind) + ".")) rest.remove_prefix(kind.size() + 1);
    }
    if (wish.locale.empty()) wish.locale = rest;
}

/// `--timezone`, else the zone in which the daemon would send: the site's.
std::optional<std::string> read_zone(const Parsed& options, Wish& wish) {
    auto site = read_site(options);
    if (options.has("timezone")) {
        if (site) wish.site = std::move(site->settings);
        wish.zone_from = "--timezone";
        const auto problem = times::zone_problem(wish.timezone);
        return problem.empty() ? std::nullopt : std::optional("--timezone: " + problem);
    }
    if (!site) return site.error();
    wish.timezone = site->settings.daemon.timezone;
    wish.zone_from = site->source.empty() ? "the default of a site; --config FILE or --timezone ZONE for another"
                                          : "of " + site->source;
    wish.site = std::move(site->settings);
    return std::nullopt;
}

std::optional<std::string> read_words(std::span<const std::string_view> args, Wish& wish, bool& usage) {
    const auto options = parse_options(
        "render", args, {"locale", "data", "channel", "folder", "part", "timezone", "recipient", "config"}, {"open"});
    usage = !options || options->rest.size() != 1;
    if (!options) return "see chapar render --help";
    if (usage) return "say one template: its name, its folder or one of its files";
    wish = {{},
            {},
            options->get("channel"),
            options->get("locale"),
            {},
            R"({"id":"sample","attributes":{}})",
            options->get("timezone"),
            options->get("part"),
            {},
            options->has("open"),
            {}};
    TemplateChoice choice;
    const std::vector<std::string_view> words(options->rest.begin(), options->rest.end());
    if (auto problem = choose_templates(words, options->get("folder"), choice)) return problem;
    if (choice.names.size() != 1) return fmt::format("{} is a folder of templates: say which one", choice.folder);
    wish.folder = choice.folder;
    wish.name = choice.names.front();
    take_from_file_name(options->rest.front(), wish);
    for (const std::string_view name : {"data", "recipient"}) {
        if (!options->has(name)) continue;
        const auto json = read_json(options->get(name));
        if (!json) return fmt::format("can't read {}", options->get(name));
        liquid::Document document;
        const auto root = document.parse(*json);
        if (!root) return fmt::format("--{}: {}", name, root.error().message());
        if (!root->is_hash()) return fmt::format("--{}: expected a JSON object, such as {{\"name\": \"Sara\"}}", name);
        (name == "data" ? wish.data : wish.recipient) = *json;
    }
    return read_zone(*options, wish);
}

/// The sample of the file that speaks `locale`.
const std::string& sample_for(const render::ChannelInfo& channel, const std::string& locale) {
    const auto found = std::find(channel.locales.begin(), channel.locales.end(), locale);
    const std::string language = locale.substr(0, locale.find_first_of("-_"));
    const auto near = std::find(channel.locales.begin(), channel.locales.end(), language);
    const auto chosen = found != channel.locales.end() ? found : near;
    const std::size_t index =
        chosen == channel.locales.end() ? 0 : static_cast<std::size_t>(chosen - channel.locales.begin());
    return channel.samples[index];
}

std::string_view language_of(std::string_view locale) { return locale.substr(0, locale.find_first_of("-_")); }

/// What is done to its links, as JSON and in words; both empty where the site has no [web].
struct Links {
    std::string json, words;
};

void print_json(const Wish& wish, const render::Rendered& rendered, const Links& links) {
    json::Writer out;
    out.begin_object().member("template", wish.name).member("channel", wish.channel);
    out.member("locale", rendered.locale)
        .member("right_to_left", rendered.right_to_left)
        .member("timezone", wish.timezone);
    out.key("parts").begin_object();
    for (const auto& [name, text] : rendered.parts)
        out.member(name, text);
    out.end_object();
    if (!links.json.empty()) out.key("links").raw(links.json);
    std::printf("%s\n", out.end_object().text().c_str());
}

/// Headers first, one a line, then each body under its name.
void print_parts(const render::Rendered& rendered) {
    const auto is_body = [](const auto& part) { return part.first == "html" || part.first == "text"; };
    for (const auto& part : rendered.parts)
        if (!is_body(part)) std::printf("%s: %s\n", part.first.c_str(), part.second.c_str());
    const auto bodies = std::count_if(rendered.parts.begin(), rendered.parts.end(), is_body);
    for (const auto& part : rendered.parts) {
        if (!is_body(part)) continue;
        if (bodies > 1 || rendered.parts.size() > 1) std::printf("\n--- %s ---\n", part.first.c_str());
        std::printf("%s%s", part.second.c_str(), part.second.ends_with('\n') ? "" : "\n");
    }
}

int show_result(const Context& context, const Wish& wish, const render::Rendered& rendered, const Links& links) {
    if (!context.json && wish.part.empty())
        for (std::string_view rest = links.words; !rest.empty(); rest.remove_prefix(rest.find('\n') + 1))
            std::fputs(fmt::format("chapar render: {}\n", rest.substr(0, rest.find('\n'))).c_str(), stderr);
    if (!context.json && wish.part.empty() && wish.zone_from != "--timezone")
        std::fputs(fmt::format("chapar render: times are those of {} ({})\n", wish.timezone, wish.zone_from).c_str(),
                   stderr);
    if (wish.opens) return open_preview(wish.name, wish.channel, rendered);
    if (!wish.part.empty()) {
        const auto found = std::find_if(rendered.parts.begin(), rendered.parts.end(),
                                        [&](const auto& part) { return part.first == wish.part; });
        if (found == rendered.parts.end())
            return complain(fmt::format("{} has no part {}", wish.channel, wish.part), Exit::not_found);
        std::fwrite(found->second.data(), 1, found->second.size(), stdout);
    } else if (context.json) {
        print_json(wish, rendered, links);
    } else {
        print_parts(rendered);
    }
    return Exit::ok;
}

Links told_of(engage::PreviewLinks& links, const Wish& wish, const render::Template& loaded,
              render::Rendered& rendered) {
    if (!links.has_pages() || (wish.channel != "email" && wish.channel != "sms")) return {};
    const std::string cls = loaded.info().class_name.empty() ? "transactional" : loaded.info().class_name;
    const auto decision = engage::decide_tracking(engage::tracking_question(wish.site, cls));
    const auto told = links.finish(loaded, wish.locale, decision.tracking, rendered);
    return {engage::PreviewLinks::json_of(told, decision), links.words_of(told, decision)};
}

int render_template(const Context& context, Wish& wish, const render::Template& loaded) {
    const render::TemplateInfo& info = loaded.info();
    if (wish.channel.empty()) wish.channel = loaded.has_channel("email") ? "email" : info.channels.front().channel;
    const auto channel = std::find_if(info.channels.begin(), info.channels.end(),
                                      [&](const render::ChannelInfo& c) { return c.channel == wish.channel; });
    if (channel == info.channels.end())
        return complain(fmt::format("{} has no file for {}", wish.name, wish.channel), Exit::not_found);
    if (wish.data.empty()) wish.data = sample_for(*channel, wish.locale);
    const auto sms = std::ranges::find(wish.site.channels, "sms", &config::ChannelSettings::name);
    engage::PreviewLinks links(wish.site.web, wish.channel, sms != wish.site.channels.end() && sms->short_links);
    if (const auto missing = render::missing_variable(loaded, wish.channel, wish.data, links.has_pages()))
        return complain(fmt::format("'{}' is required and not in the data", *missing), Exit::failed);
    if (const auto wrong = loaded.contradictions(wish.channel, wish.data); !wrong.empty())
        return complain(wrong.front().sentence, Exit::failed);
    render::Input input;
    input.data_json = wish.data;
    input.recipient_json = wish.recipient;
    input.locale = wish.locale;
    input.timezone = wish.timezone;
    input.message_id = "preview";
    input.now = std::chrono::time_point_cast<Timestamp::duration>(std::chrono::system_clock::now());
    links.offer(input);
    auto rendered = loaded.render(wish.channel, input);
    if (!rendered) return complain(fmt::format("{}/{}", wish.folder, rendered.error().message()), Exit::failed);
    if (!wish.locale.empty() && language_of(rendered->locale) != language_of(wish.locale)) {
        complain(fmt::format("{} does not speak {}: this is what such a person gets", wish.name, wish.locale),
                 Exit::ok);
    }
    return show_result(context, wish, *rendered, told_of(links, wish, loaded, *rendered));
}

/// A file of the catalogue by its name: "email.fa.liquid". Any other file is plain Liquid.
bool is_channel_file(std::string_view word) {
    constexpr std::array<std::string_view, 5> channels{"email", "sms", "push", "webpush", "inapp"};
    const std::string file = fs::path(word).filename().string();
    return file.ends_with(".liquid") && std::ranges::find(channels, file.substr(0, file.find('.'))) != channels.end();
}

}  // namespace

bool is_preview(std::span<const std::string_view> args) {
    const bool has_options = std::any_of(
        args.begin(), args.end(), [](std::string_view word) { return word.starts_with("--") && word != "--jsonl"; });
    std::error_code ignored;
    return has_options || (args.size() == 1 && !args[0].starts_with('-') &&
                           (is_channel_file(args[0]) || !fs::is_regular_file(args[0], ignored)));
}

int preview(const Context& context, std::span<const std::string_view> args) {
    Wish wish;
    bool usage = false;
    if (auto problem = read_words(args, wish, usage)) return complain(*problem, usage ? Exit::usage : Exit::not_found);
    const auto catalogue = render::open_catalogue(wish.folder, nullptr, made_folder());
    for (const render::TemplateInfo& info : catalogue->list())
        if (info.name == wish.name && !info.broken.empty())
            return complain(fmt::format("{}/{}", wish.folder, info.broken), Exit::failed);
    const auto loaded = catalogue->find(wish.name);
    if (!loaded) {
        auto sentence = fmt::format("there is no template '{}' in {}", wish.name, wish.folder);
        for (const std::string& trouble : catalogue->reload())
            if (trouble.starts_with(wish.name + "/")) sentence += fmt::format("; {}", trouble);
        return complain(sentence, Exit::not_found);
    }
    return render_template(context, wish, *loaded);
}

}  // namespace chapar::cli
