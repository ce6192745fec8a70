#include "render/lint_template.hpp"

#include "render/blocks.hpp"
#include "render/lint_page.hpp"
#include "render/lint_sms.hpp"
#include "render/lint_source.hpp"
#include "render/liquid_spans.hpp"
#include "render/locale.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace chapar::render {

namespace {

constexpr std::size_t clipped_bytes = std::size_t{102} * 1024;  // where Gmail cuts
constexpr std::size_t longest_subject = 78;
/// Visible without being sent, or sent with marketing mail only: see docs/templates.md.
constexpr std::array<std::string_view, 11> given = {"recipient",   "message",           "lang",
                                                    "dir",         "subject",           "content",
                                                    "preheader",   "unsubscribe_url",   "preferences_url",
                                                    "content_for", "content_for_layout"};

std::size_t characters(std::string_view utf8) {
    return static_cast<std::size_t>(
        std::count_if(utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

/// Of names; the work of comparing is paid from `budget`, and without any there is no advice.
template <class Names>
std::string did_you_mean(std::string_view word, const Names& names, std::size_t& budget) {
    std::size_t work = 0;
    for (const auto& name : names)
        work += (name.size() + 1) * (word.size() + 1);
    if (work > budget) return {};
    budget -= work;
    const std::vector<std::string_view> known(names.begin(), names.end());
    const std::string_view near = nearest(word, known);
    return near.empty() ? "" : fmt::format("; did you mean '{}'?", near);
}

/// What programs read, so that each question is answered in a few steps.
class Reads {
  public:
    explicit Reads(const std::vector<const liquid::Program*>& programs) {
        for (const liquid::Program* program : programs)
            paths_.insert(program->variables().begin(), program->variables().end());
    }
    /// `path`, a field of it, or what it is a field of.
    bool cover(std::string_view path) const {
        if (paths_.contains(path)) return true;
        const auto field = paths_.lower_bound(std::string(path) + ".");
        if (field != paths_.end() && field->starts_with(path) && (*field)[path.size()] == '.') return true;
        constexpr int most_fields = 64;
        std::size_t dot = path.find('.');
        for (int i = 0; i < most_fields && dot != std::string_view::npos; ++i, dot = path.find('.', dot + 1))
            if (paths_.contains(path.substr(0, dot))) return true;
        return false;
    }

  private:
    std::set<std::string_view> paths_;
};

}  // namespace

std::string_view root_of(std::string_view path) { return path.substr(0, path.find_first_of(".[")); }

TemplateLinter::TemplateLinter(const Compiled& compiled, const Compiled& marked, const LintTools& tools,
                               std::set<Finding>& out)
    : tools_(tools),
      compiled_(compiled),
      loaded_(compiled),
      marked_(marked),
      marked_paths_(marked.page_paths),
      out_(out) {}

void TemplateLinter::report(const std::string& file, Place place, std::string_view rule, std::string sentence) {
    if (silenced_.contains(rule)) return;
    const std::string_view line = source_of(file).empty() ? "" : places(file).lines().line(place.line);
    const bool is_shown = line.size() <= excerpts_left_;
    if (is_shown) excerpts_left_ -= line.size();
    out_.insert({file, place.line, place.column, std::string(rule), std::move(sentence),
                 is_shown ? std::string(line) : std::string()});
}

void TemplateLinter::report_at(const std::string& file, std::size_t offset, std::string_view rule,
                               std::string sentence) {
    report(file, places(file).lines().place(offset), rule, std::move(sentence));
}

NamePlaces& TemplateLinter::places(const std::string& path) {
    return places_.try_emplace(path, source_of(path)).first->second;
}

std::string_view TemplateLinter::source_of(const std::string& path) const {
    const std::string prefix = compiled_.name + "/";
    const auto found = compiled_.bundle.files.find(path.starts_with(prefix) ? path.substr(prefix.size()) : path);
    return found == compiled_.bundle.files.end() ? "" : std::string_view(found->second);
}

std::vector<const liquid::Program*> TemplateLinter::programs(const Variant& variant) const {
    return programs_of(compiled_, variant);
}

void TemplateLinter::look_at_silence(const Variant& variant) {
    const auto rules = lint_rules();
    std::vector<std::string_view> names;
    names.reserve(rules.size());
    for (const LintRule& rule : rules)
        names.push_back(rule.name);
    for (const std::string& name : variant.front.silenced)
        if (std::find(names.begin(), names.end(), name) == names.end())
            report(own(variant), places(own(variant)).in_front_matter(name), "unknown-rule",
                   fmt::format("'{}' is no rule{}", name, did_you_mean(name, names, advice_left_)));
}

void TemplateLinter::look_at_names(const Variant& variant) {
    std::set<std::string, std::less<>> known(given.begin(), given.end());
    for (const auto& [key, json] : variant.front.sample)
        known.insert(key);
    for (const std::string& path : variant.required)
        known.emplace(root_of(path));
    const auto all = programs(variant);
    for (const liquid::Program* program : all)
        collect_set_names(program->source(), known);
    for (const liquid::Program* program : all)
        for (const std::string_view path : program->variables()) {
            const std::string_view root = root_of(path);
            if (known.contains(root)) continue;
            // Whoever translates a mail finds it in the file at hand, not in a partial of another one.
            report(program->name(), places(program->name()).in_liquid(root), "undefined-variable",
                   fmt::format("'{}' is neither required nor in the sample data of {}{}", root, own(variant),
                               did_you_mean(root, known, advice_left_)));
        }
}

void TemplateLinter::look_at_required(const Variant& variant) {
    const Reads reads(programs(variant));
    for (const std::string& path : variant.required) {
        const Place place = places(own(variant)).in_front_matter(path);
        if (!reads.cover(path))
            report(own(variant), place, "unused-required", fmt::format("'{}' is required and never shown", path));
        const bool is_given = tools_.has_pages && is_given_by_pages(path);
        if (!is_given && first_missing({path}, variant.sample_json))
            report(own(variant), place, "missing-sample", fmt::format("'{}' is required and has no sample", path));
    }
}

void TemplateLinter::look_at_samples(const Variant& variant) {
    const Reads reads(programs(variant));
    std::set<std::string_view> required = {"unsubscribe_url", "preferences_url"};
    for (const std::string& path : variant.required)
        required.insert(root_of(path));
    for (const auto& [name, json] : variant.front.sample) {
        if (required.contains(name) || reads.cover(name)) continue;
        // One that a translation has from the default file is that file's.
        const Place place = places(own(variant)).in_front_matter(name);
        if (place.line > 1)
            report(own(variant), place, "unused-sample", fmt::format("nothing uses the sample '{}'", name));
    }
}

void TemplateLinter::look_at_unsubscribe(const Variant& variant) {
    if (!variant.marketing && !requires_unsubscribe(variant.class_name)) return;
    if (!variant.marketing && !tools_.has_pages)
        report(own(variant), {}, "missing-list-unsubscribe", "marketing mail needs list_unsubscribe = true");
    if (shows_unsubscribe(compiled_, variant)) return;
    report(own(variant), {}, "missing-unsubscribe", "marketing mail shows no link to unsubscribe");
}

void TemplateLinter::look_at_translations(const Variant& variant) {
    if (!compiled_.translations) return;
    std::vector<std::string_view> languages;  // a file that names none speaks all of them
    if (!variant.lang.empty()) languages.push_back(variant.lang);
    if (variant.lang.empty())
        for (const auto& file : compiled_.translations->files())
            languages.push_back(file->locale());
    for (const liquid::Program* program : programs(variant))
        for (const auto& use : program->filter_uses()) {
            if (use.name != "t" || use.literal.empty()) continue;
            for (const std::string_view language : languages) {
                if (compiled_.translations->find(language, use.literal)) continue;
                report(program->name(), places(program->name()).of_text(use.literal), "missing-translation",
                       compiled_.translations->explain_missing(language, use.literal));
            }
        }
}

Input TemplateLinter::sample_input(const Variant& variant) const {
    Input input;
    input.data_json = variant.sample_json;
    input.recipient_json = R"({"id":"sample","attributes":{}})";
    input.locale = variant.locale;
    input.message_id = "sample";
    if (tools_.has_pages) {
        input.unsubscribe_url = "https://m.example/u/sample";
        input.preferences_url = "https://m.example/p/sample";
    }
    if (tools_.shorten) input.shorten = &tools_.shorten;
    return input;
}

void TemplateLinter::look_at_result(const Variant& variant) {
    const auto rendered = loaded_.render_variant(variant, sample_input(variant));
    if (!rendered) {
        for (const Error& problem : loaded_.problems_of(variant, sample_input(variant))) {
            if (problem.is(Code::aborted)) continue;
            const Finding at = finding_of(problem.message(), "sample-fails");
            const bool placed = !source_of(at.file).empty();
            report(placed ? at.file : own(variant), placed ? Place{at.line, at.column} : Place{}, "sample-fails",
                   "with the sample data: " + (placed ? at.sentence : problem.message()));
        }
        return;
    }
    for (const auto& [name, text] : rendered->parts) {
        if (name == "subject" && characters(text) > longest_subject)
            report(
                own(variant), variant.front.part("subject")->place, "long-subject",
                fmt::format("the subject has {} characters; {} are shown at best", characters(text), longest_subject));
        if (name == "subject" && text.empty())
            report(own(variant), variant.front.part("subject")->place, "empty-subject", "the subject is empty");
        if (name == "html" && text.size() > clipped_bytes)
            report(own(variant), {}, "clipped", fmt::format("{} KB of HTML: Gmail cuts at 102", text.size() / 1024));
    }
}

/// Whether the mail closes what it opens, by itself: an open table would be told of the layout that all mails share.
bool TemplateLinter::look_at_body(const Variant& twin, const PageReport& page) {
    if (!twin.layout) return true;
    Variant body = twin;
    body.layout = nullptr;
    const auto rendered = marked_.render_variant(body, sample_input(body));
    if (!rendered) return true;
    bool sound = true;
    PageReport own;
    own.say = [&](Origins origin, std::string_view rule, std::string sentence) {
        sound = false;
        page.say(origin, rule, std::move(sentence));
    };
    for (const auto& [name, text] : rendered->parts)
        if (name == "html") look_at_nesting(text, own);
    return sound;
}

/// The finished page leads to what it shows; the sources to what the sample does not show.
void TemplateLinter::look_at_page(const Variant& variant, std::size_t channel, std::size_t index) {
    const Variant& twin = marked_.compiled().channels[channel].variants[index];
    const auto rendered = marked_.render_variant(twin, sample_input(twin));
    PageReport page;
    const bool is_mjml = parse_file_name(variant.file)->mjml;
    page.say = [&](Origins origin, std::string_view rule, std::string sentence) {
        if (is_mjml && rule == "external-style") return;  // MJML's web fonts, which have others behind them
        const bool known = origin && origin->first < marked_paths_.size();
        if (known) return report_at(marked_paths_[origin->first], origin->second, rule, std::move(sentence));
        report(own(variant), {variant.front.body_line, 1}, rule, std::move(sentence));
    };
    const bool sound = look_at_body(twin, page);
    if (rendered)
        for (const auto& [name, text] : rendered->parts) {
            if (name != "html") continue;
            render::look_at_page(text, page);
            if (sound) look_at_nesting(text, page);
        }
    for (const liquid::Program* program : programs(variant)) {
        if (program->escape() != liquid::Escape::html) continue;
        const auto number =
            std::find(marked_paths_.begin(), marked_paths_.end(), program->name()) - marked_paths_.begin();
        const std::string& path = program->name();
        for (const SourceImage& image : images_in(source_of(path))) {
            if (page.seen.contains({static_cast<std::size_t>(number), image.offset})) continue;
            if (!image.has_alt) report_at(path, image.offset, "image-alt", std::string(no_alt));
            if (!image.has_width) report_at(path, image.offset, "image-width", std::string(no_width));
            if (!image.too_wide.empty()) report_at(path, image.offset, "image-wide", image.too_wide);
        }
    }
}

void TemplateLinter::look_at_blocks(const Variant& variant) {
    const std::string layout_path = variant.layout ? variant.layout->name() : "";
    const auto placed = variant.layout ? block_places(source_of(layout_path)) : std::vector<BlockName>{};
    const std::string_view source = source_of(own(variant));
    const auto filled = filled_blocks(source);
    std::set<std::string_view> names, filled_names;
    for (const BlockName& place : placed)
        names.insert(place.name);
    for (const BlockName& block : filled)
        filled_names.insert(block.name);
    for (const BlockName& block : filled)
        if (!names.contains(block.name))
            report(own(variant), block.place, "block-unplaced",
                   variant.layout ? fmt::format("{} has no {{{{ content_for.{} }}}}{}", layout_path, block.name,
                                                did_you_mean(block.name, names, advice_left_))
                                  : "content_for needs a layout with a place for it");
    for (const BlockName& place : placed)
        if (!place.guarded && !filled_names.contains(place.name))
            report(own(variant), {variant.front.body_line, 1}, "block-unfilled",
                   fmt::format("{} has a place for '{}' that stays empty here", layout_path, place.name));
}

void TemplateLinter::look(const CompiledChannel& channel, const Variant& variant) {
    silenced_ = {variant.front.silenced.begin(), variant.front.silenced.end()};
    look_at_silence(variant);
    look_at_fence(variant);
    look_at_fields(variant);
    look_at_dates(variant);
    look_at_own_words(variant);
    look_at_words(variant, channel.name == "email");
    if (channel.name == "sms") look_at_sms(variant);
    look_at_names(variant);
    look_at_required(variant);
    look_at_samples(variant);
    look_at_translations(variant);
    look_at_result(variant);
    if (channel.name != "email") return;
    look_at_unsubscribe(variant);
    look_at_blocks(variant);
    look_at_raw(variant);
    look_at_quotes(variant);
    if (variant.lang.empty() && !compiled_.translations)
        report(own(variant), {}, "missing-lang", "say lang = \"...\": screen readers and right-to-left depend on it");
    for (const Note& note : compiled_.notes)
        if (note.file == own(variant)) report(note.file, note.place, note.rule, note.sentence);
}

void TemplateLinter::run() {
    for (const CompiledChannel& channel : compiled_.channels)
        for (const Variant& variant : channel.variants)
            if (class_name_.empty()) class_name_ = variant.class_name;
    for (std::size_t c = 0; c < compiled_.channels.size(); ++c) {
        const CompiledChannel& channel = compiled_.channels[c];
        for (std::size_t v = 0; v < channel.variants.size(); ++v) {
            look(channel, channel.variants[v]);
            if (channel.name == "email") look_at_page(channel.variants[v], c, v);
        }
    }
}

}  // namespace chapar::render
