#include "render/template.hpp"

#include "render/blocks.hpp"
#include "render/data_document.hpp"
#include "render/html_text.hpp"
#include "render/l10n/language.hpp"
#include "render/l10n/line_order.hpp"
#include "render/l10n/translations.hpp"
#include "render/syntax_advice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace chapar::render {

namespace {

using liquid::Mark;
using liquid::Value;

/// Of all parts of one message together.
constexpr liquid::Limits limits{.steps = 1'000'000, .output_bytes = 4u << 20, .assigned_bytes = 8u << 20, .depth = 100};

/// Memory that a thread reuses from message to message.
struct Scratch {
    liquid::Document data, recipient;
    liquid::Arena arena;
    std::string body;
    Blocks blocks;
};

Code code_of(liquid::Code code) {
    switch (code) {
        case liquid::Code::syntax:
            return Code::broken_template;
        case liquid::Code::limit:
            return Code::limit;
        case liquid::Code::stopped:
            return Code::aborted;
        case liquid::Code::failed:
        case liquid::Code::bad_data:
            return Code::failed;
    }
    return Code::failed;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    const std::size_t first = text.find_first_not_of(blanks);
    return first == std::string_view::npos ? "" : text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// Numbers follow the text's language, and the recipient's country when he speaks that language.
std::string_view number_locale(std::string_view lang, std::string_view recipient) {
    const auto language = [](std::string_view tag) { return tag.substr(0, tag.find_first_of("-_")); };
    return lang.empty() || language(lang) == language(recipient) ? recipient : lang;
}

/// One rendering: the names that every part sees, and one budget for all of them.
class Rendering {
  public:
    Rendering(const Variant& variant, const Compiled& compiled, const Input& input, Scratch& scratch, bool strict)
        : compiled_(compiled), input_(input), scratch_(scratch), budget_(limits), lang_(variant.lang) {
        const Translations* translations = compiled.translations.get();
        language_.translations = translations;
        language_.right_to_left = variant.right_to_left;
        language_.shorten = input.shorten;
        const auto* speaker = lang_.empty() && translations != nullptr ? translations->speaker(input.locale) : nullptr;
        if (speaker != nullptr) {
            lang_ = speaker->locale();
            language_.right_to_left = variant.front.right_to_left.value_or(speaker->right_to_left());
        }
        options_.on_error = liquid::OnError::stop;
        options_.strict_filters = true;
        options_.strict_variables = strict;
        options_.budget = &budget_;
        options_.now = static_cast<double>(to_ms(input.now)) / 1000;
        options_.timezone = input.timezone;
        options_.reads_written = true;
        options_.right_to_left = language_.right_to_left;
        options_.locale = number_locale(lang_, input.locale);
        options_.host = static_cast<const Language*>(&language_);
    }
    /// What is rendered from here on is the layout.
    void enter_layout() { in_layout_ = true; }
    /// Goes on behind each error and notes it, so that an author meets all of them at once.
    void note_problems(std::vector<liquid::Problem>& problems) {
        problems_ = &problems;
        options_.on_error = liquid::OnError::print;
    }
    Rendering(const Rendering&) = delete;  // the options look at the language
    Rendering& operator=(const Rendering&) = delete;
    std::optional<Error> read_data();
    /// Of what is rendered from here on.
    void isolate(Isolation isolation) {
        language_.isolation = isolation;
        options_.sets_apart = isolation_rule(isolation, language_.right_to_left);
    }
    /// The file's own, or that of the translations when the file names none.
    std::string_view lang() const { return lang_; }
    bool right_to_left() const { return language_.right_to_left; }
    /// Appends; `start` is where the program begins in its file.
    std::optional<Error> append(const liquid::Program& program, Place start, const liquid::Resolver& partials,
                                std::string& out);
    /// The same for HTML, whose places `compiled` knows.
    std::optional<Error> append_page(const Compiled& compiled, const liquid::Program& program,
                                     const liquid::Resolver& partials, std::string& out);
    /// content_for is taken from here on, and shown by show_blocks.
    void take_blocks() {
        scratch_.blocks.clear();
        language_.blocks = &scratch_.blocks;
    }
    std::optional<Error> show_blocks();
    /// Visible to what is rendered from here on.
    void show(std::string_view name, std::string_view text, Mark mark) {
        shown_[shown_count_++] = {name, Value::string(text, mark)};
    }

  private:
    Value names();
    Value own_fields();
    Value addresses();
    Value message();
    const Compiled& compiled_;
    const Input& input_;
    Scratch& scratch_;
    liquid::Budget budget_;
    liquid::RenderOptions options_;
    RenderingHost language_;
    std::string_view lang_;
    std::vector<liquid::Problem>* problems_ = nullptr;
    bool in_layout_ = false;
    template <class Place>
    std::optional<Error> run_placed(const liquid::Program& program, const liquid::Resolver& partials, std::string& out,
                                    Place place);
    liquid::Outcome<void> run(const liquid::Program& program, const liquid::Resolver& partials, std::string& out);
    std::array<std::pair<std::string_view, Value>, 5> shown_{};
    std::size_t shown_count_ = 0;
};

std::optional<Error> Rendering::read_data() {
    scratch_.arena.reset();
    const auto read = [](liquid::Document& document, std::string_view json,
                         std::string_view what) -> std::optional<Error> {
        auto root = document.parse(json.empty() ? "{}" : json);
        if (!root) return Error(Code::failed, fmt::format("{}: {}", what, root.error().message()));
        if (!root->is_hash()) return Error(Code::failed, fmt::format("{} is no JSON object", what));
        return std::nullopt;
    };
    if (auto error = read(scratch_.data, input_.data_json, "data")) return error;
    return read(scratch_.recipient, input_.recipient_json, "recipient");
}

Value Rendering::message() {
    liquid::HashBuilder message(scratch_.arena, 2);
    message.set("id", Value::string(input_.message_id));
    if (!input_.campaign.empty()) message.set("campaign", Value::string(input_.campaign));
    return message.finish();
}

Value Rendering::own_fields() {
    liquid::HashBuilder root(scratch_.arena, 2);
    if (!compiled_.shows_data_message) root.set("message", message());
    if (!compiled_.shows_data_recipient) root.set("recipient", scratch_.recipient.root());
    return root.finish();
}

/// Behind all else: an application that has pages of its own for this names them in the data, for layouts too.
Value Rendering::addresses() {
    liquid::HashBuilder out(scratch_.arena, 2);
    if (!input_.unsubscribe_url.empty()) out.set("unsubscribe_url", Value::string(input_.unsubscribe_url));
    if (!input_.preferences_url.empty()) out.set("preferences_url", Value::string(input_.preferences_url));
    return out.finish();
}

Value Rendering::names() {
    liquid::HashBuilder root(scratch_.arena, 4 + shown_count_);
    root.set("recipient", scratch_.recipient.root());
    root.set("message", message());
    root.set("lang", Value::string(lang_));
    root.set("dir", Value::string(language_.right_to_left ? "rtl" : "ltr"));
    for (std::size_t i = 0; i < shown_count_; ++i)
        root.set(shown_[i].first, shown_[i].second);
    return root.finish();
}

liquid::Outcome<void> Rendering::run(const liquid::Program& program, const liquid::Resolver& partials,
                                     std::string& out) {
    options_.partials = &partials;
    // The author's data goes before our own words, except in a layout, which serves the data of many, and for fields
    // that only ours have.
    const Value own = names();
    const std::array<Value, 4> scopes = {in_layout_ ? own : own_fields(), scratch_.data.root(), own, addresses()};
    return liquid::render(program, scopes, options_, out, problems_);
}

std::optional<Error> error_of(const liquid::Problem& problem) {
    if (problem.code == liquid::Code::stopped) return Error(Code::aborted, problem.message);
    return Error(code_of(problem.code), problem.located() + advice_on(problem.message, {}));
}

/// Runs `program`; `place` turns the place of a problem into that of the author's file.
template <class Place>
std::optional<Error> Rendering::run_placed(const liquid::Program& program, const liquid::Resolver& partials,
                                           std::string& out, Place place) {
    const std::size_t before = problems_ == nullptr ? 0 : problems_->size();
    auto done = run(program, partials, out);
    for (std::size_t i = before; problems_ != nullptr && i < problems_->size(); ++i)
        place((*problems_)[i]);
    if (done) return std::nullopt;
    place(done.error());
    return error_of(done.error());
}

std::optional<Error> Rendering::append(const liquid::Program& program, Place start, const liquid::Resolver& partials,
                                       std::string& out) {
    return run_placed(program, partials, out, [&](liquid::Problem& problem) {
        if (problem.name != program.name() || problem.line <= 0) return;
        if (problem.line == 1) problem.column += static_cast<int>(start.column) - 1;
        problem.line += static_cast<int>(start.line) - 1;
    });
}

std::optional<Error> Rendering::append_page(const Compiled& compiled, const liquid::Program& program,
                                            const liquid::Resolver& partials, std::string& out) {
    return run_placed(program, partials, out, [&](liquid::Problem& problem) {
        const auto origin = compiled.origins.find(problem.name);
        if (origin == compiled.origins.end() || problem.line <= 0) return;
        const Place place = origin->second.locate(
            {static_cast<unsigned>(problem.line), static_cast<unsigned>(std::max(problem.column, 1))});
        problem.line = static_cast<int>(place.line);
        problem.column = static_cast<int>(place.column);
    });
}

std::optional<Error> Rendering::show_blocks() {
    language_.blocks = nullptr;
    if (const auto name = scratch_.blocks.left_open())
        return Error(Code::failed, fmt::format("content_for '{}' is left by break or continue before its end", *name));
    const auto& filled = scratch_.blocks.filled();
    liquid::HashBuilder all(scratch_.arena, filled.size());
    for (const Blocks::Block& block : filled)
        all.set(block.name, Value::string(block.text, Mark::safe));
    shown_[shown_count_++] = {"content_for", all.finish()};
    return std::nullopt;
}

liquid::Resolver resolver(const Partials& partials) {
    return [&partials](std::string_view name) -> liquid::Outcome<ProgramPtr> {
        const auto found = partials.find(name);
        return found == partials.end() ? nullptr : found->second;
    };
}

TemplateInfo describe_template(const Compiled& compiled) {
    TemplateInfo info;
    info.name = compiled.name;
    for (const CompiledChannel& channel : compiled.channels) {
        ChannelInfo entry{channel.name, {}, {}};
        for (const Variant& variant : channel.variants) {
            entry.locales.push_back(variant.locale);
            entry.samples.push_back(variant.sample_json);
            if (info.class_name.empty()) info.class_name = variant.class_name;
            if (info.sample_json.size() <= 2) info.sample_json = variant.sample_json;
            for (const std::string& path : variant.required)
                if (std::find(info.required.begin(), info.required.end(), path) == info.required.end())
                    info.required.push_back(path);
        }
        info.channels.push_back(std::move(entry));
    }
    return info;
}

}  // namespace

LoadedTemplate::LoadedTemplate(Compiled compiled)
    : compiled_(std::move(compiled)),
      bundle_(write_bundle(compiled_.bundle)),
      info_(describe_template(compiled_)),
      html_resolver_(resolver(compiled_.html_partials)),
      text_resolver_(resolver(compiled_.text_partials)) {
    info_.revision = revision_of(bundle_);
    compiled_.bundle = {};  // its text is kept
    for (const CompiledChannel& channel : compiled_.channels)
        for (const Variant& variant : channel.variants) {
            merge(shapes_[channel.name], shape_of(variant.sample_json));
            note_links(channel.name, variant);
            for (const std::string& path : variant.required) {
                auto& paths = required_[channel.name];
                if (std::find(paths.begin(), paths.end(), path) == paths.end()) paths.push_back(path);
            }
        }
}

void LoadedTemplate::note_links(const std::string& channel, const Variant& variant) {
    // What we show ourselves goes before data of that name in a layout, and elsewhere is not of the data.
    constexpr std::array<std::string_view, 6> ours{"recipient", "message", "lang", "dir", "content", "content_for"};
    auto& known = links_[channel];
    for (const auto* program : {&variant.html, &variant.layout}) {
        if (*program == nullptr) continue;
        for (auto& path : liquid::link_paths(**program, html_resolver_)) {
            const bool is_ours = std::ranges::find(ours, path.front()) != ours.end();
            if (!is_ours && std::ranges::find(known, path) == known.end()) known.push_back(std::move(path));
        }
    }
}

std::string LoadedTemplate::fixed_part(std::string_view channel, std::string_view locale, std::string_view part) const {
    const auto* compiled = compiled_.channel(channel);
    const auto* text = compiled == nullptr ? nullptr : compiled->choose(locale).front.part(part);
    const bool is_fixed = text != nullptr && !text->text.contains("{{") && !text->text.contains("{%");
    return is_fixed ? std::string(trimmed(text->text)) : std::string();
}

bool LoadedTemplate::has_part(std::string_view channel, std::string_view locale, std::string_view part) const {
    const auto* compiled = compiled_.channel(channel);
    return compiled != nullptr && compiled->choose(locale).front.part(part) != nullptr;
}

bool LoadedTemplate::shows_unsubscribe(std::string_view channel, std::string_view locale) const {
    const auto* compiled = compiled_.channel(channel);
    return compiled != nullptr && render::shows_unsubscribe(compiled_, compiled->choose(locale));
}

std::optional<bool> LoadedTemplate::short_links(std::string_view channel, std::string_view locale) const {
    const auto* compiled = compiled_.channel(channel);
    return compiled == nullptr ? std::nullopt : compiled->choose(locale).front.short_links;
}

std::optional<std::string> LoadedTemplate::missing_variable(std::string_view channel,
                                                            std::string_view data_json) const {
    const auto paths = required_.find(channel);
    if (paths == required_.end()) return std::nullopt;
    return first_missing(paths->second, data_json);
}

std::vector<Contradiction> LoadedTemplate::contradictions(std::string_view channel, std::string_view data_json) const {
    return data_flaws(channel, data_json, false).contradictions;
}

DataFlaws LoadedTemplate::data_flaws(std::string_view channel, std::string_view data_json, bool asks) const {
    DataFlaws out;
    const auto shape = shapes_.find(channel);
    const auto required = asks ? required_.find(channel) : required_.end();
    if (shape == shapes_.end() && required == required_.end()) return out;
    DataElement root;
    if (parse_data(data_json).get(root) != simdjson::SUCCESS) {
        if (required != required_.end()) out.missing = required->second;
        return out;
    }
    if (shape != shapes_.end()) {
        find_contradictions(shape->second, root, {}, out.contradictions);
        if (const auto links = links_.find(channel); links != links_.end())
            find_unsafe_links(links->second, root, out.contradictions);
    }
    if (required != required_.end()) find_missing(required->second, root, out.missing);
    return out;
}

std::vector<std::string> LoadedTemplate::missing_variables(std::string_view channel, std::string_view data_json) const {
    const auto paths = required_.find(channel);
    return paths == required_.end() ? std::vector<std::string>{} : all_missing(paths->second, data_json);
}

Result<Rendered> LoadedTemplate::render(std::string_view channel, const Input& input) const {
    const CompiledChannel* found = compiled_.channel(channel);
    if (found == nullptr)
        return fail(Code::unknown_channel, fmt::format("template '{}' has no file for {}", compiled_.name, channel));
    return render_variant(found->choose(input.locale), input);
}

std::vector<Error> LoadedTemplate::problems_of(const Variant& variant, const Input& input) const {
    std::vector<liquid::Problem> problems;
    const auto rendered = render_noting(variant, input, false, &problems);
    std::vector<Error> found;
    found.reserve(problems.size() + 1);
    for (const liquid::Problem& problem : problems)
        found.push_back(*error_of(problem));
    if (!rendered && (found.empty() || found.back().message() != rendered.error().message()))
        found.push_back(rendered.error());
    return found;
}

Result<Rendered> LoadedTemplate::render_variant(const Variant& variant, const Input& input, bool strict) const {
    return render_noting(variant, input, strict, nullptr);
}

Result<Rendered> LoadedTemplate::render_noting(const Variant& variant, const Input& input, bool strict,
                                               std::vector<liquid::Problem>* problems) const {
    thread_local Scratch scratch;
    Rendering rendering(variant, compiled_, input, scratch, strict);
    if (problems != nullptr) rendering.note_problems(*problems);
    if (auto error = rendering.read_data()) return std::unexpected(std::move(*error));
    Rendered out;
    out.locale = variant.locale.empty() ? std::string(rendering.lang()) : variant.locale;
    out.right_to_left = rendering.right_to_left();
    out.parts.reserve(variant.parts.size() + 2);  // views of them stay valid
    for (const TextPart& part : variant.parts) {
        std::string text;
        rendering.isolate(part.isolation);
        if (auto error = rendering.append(*part.program, part.start, text_resolver_, text))
            return std::unexpected(std::move(*error));
        if (part.isolation != Isolation::off && rendering.right_to_left()) keep_order(text, false);
        const bool keeps_blanks = variant.html && part.name == "text";
        out.parts.emplace_back(part.name, keeps_blanks ? std::move(text) : std::string(trimmed(text)));
        const auto& [name, value] = out.parts.back();
        if (name == "subject" || name == "preheader") rendering.show(name, value, Mark::own);
    }
    if (!variant.html) return out;
    rendering.isolate(variant.isolation);
    std::string html;
    std::string& body = variant.layout ? scratch.body : html;
    body.clear();
    rendering.take_blocks();
    if (auto error = rendering.append_page(compiled_, *variant.html, html_resolver_, body))
        return std::unexpected(std::move(*error));
    if (auto error = rendering.show_blocks()) return std::unexpected(std::move(*error));
    if (variant.layout) {
        rendering.show("content", body, Mark::safe);
        rendering.show("content_for_layout", body, Mark::safe);
        rendering.enter_layout();
        html.reserve(body.size() + variant.layout->source().size() + 512);
        if (auto error = rendering.append_page(compiled_, *variant.layout, html_resolver_, html))
            return std::unexpected(std::move(*error));
    }
    if (variant.isolation != Isolation::off && rendering.right_to_left()) keep_order(html, true);
    const bool has_text =
        std::any_of(out.parts.begin(), out.parts.end(), [](const auto& p) { return p.first == "text"; });
    if (!has_text) out.parts.emplace_back("text", html_to_text(html, rendering.lang()));
    out.parts.emplace_back("html", std::move(html));
    return out;
}

}  // namespace chapar::render
