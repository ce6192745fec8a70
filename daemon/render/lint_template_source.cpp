#include "render/lint_template.hpp"

#include "render/lint_sms.hpp"
#include "render/lint_source.hpp"
#include "render/liquid_spans.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

// What lint says of the sources as they are written, without rendering them.

namespace chapar::render {

namespace {

/// Latin, Persian or Arabic.
bool has_digit(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0u;
        if (text[i] >= '0' && text[i] <= '9') return true;
        if (text[i] == '\xDB' && next >= 0xB0 && next <= 0xB9) return true;
        if (text[i] == '\xD9' && next >= 0xA0 && next <= 0xA9) return true;
    }
    return false;
}

/// The last filter of an output: "upcase | raw" -> "raw".
std::string_view last_filter(std::string_view markup) {
    const std::size_t bar = markup.rfind('|');
    if (bar == std::string_view::npos) return {};
    const std::size_t from = markup.find_first_not_of(" \t\r\n", bar + 1);
    return from == std::string_view::npos ? std::string_view{} : markup.substr(from);
}

}  // namespace

void TemplateLinter::look_at_raw(const Variant& variant) {
    for (const liquid::Program* program : programs(variant)) {
        if (program->escape() != liquid::Escape::html || !program->uses_raw()) continue;
        const std::string_view source = source_of(program->name());
        for (const LiquidSpan& span : liquid_spans(source)) {
            const bool writes = span.kind == LiquidSpan::Kind::output || span.name == "echo";
            if (!writes || last_filter(span.markup) != "raw") continue;
            const auto at = static_cast<std::size_t>(last_filter(span.markup).data() - source.data());
            report_at(program->name(), at, "raw-output",
                      "raw writes data into the HTML as it is; the data must be trusted");
        }
    }
}

void TemplateLinter::look_at_quotes(const Variant& variant) {
    for (const liquid::Program* program : programs(variant)) {
        if (program->escape() != liquid::Escape::html) continue;
        for (const std::size_t at : unquoted_outputs(source_of(program->name())))
            report_at(program->name(), at, "unquoted-attribute",
                      "the value needs quotes around it: an empty one takes the next attribute for its own");
    }
}

/// recipient.name is no field: what a person's attributes are called stands in recipient.attributes.
void TemplateLinter::look_at_fields(const Variant& variant) {
    constexpr std::array<std::string_view, 4> of_recipient = {"id", "locale", "timezone", "attributes"};
    constexpr std::array<std::string_view, 2> of_message = {"id", "campaign"};
    const auto has = [](const auto& fields, std::string_view field) {
        return std::find(fields.begin(), fields.end(), field) != fields.end();
    };
    const auto& sample = variant.front.sample;
    for (const liquid::Program* program : programs(variant))
        for (const std::string_view path : program->variables()) {
            const std::string_view root = root_of(path);
            if (path.size() <= root.size() + 1 || path[root.size()] != '.') continue;
            if (std::any_of(sample.begin(), sample.end(), [&](const auto& s) { return s.first == root; })) continue;
            const std::string_view field = root_of(path.substr(root.size() + 1));
            const Place place = places(program->name()).in_liquid(root);
            if (root == "recipient" && !has(of_recipient, field))
                report(program->name(), place, "unknown-field",
                       fmt::format("recipient has no field '{0}': write recipient.attributes.{0}, or {0} if the "
                                   "application sends it with the data",
                                   field));
            if (root == "message" && !has(of_message, field))
                report(program->name(), place, "unknown-field",
                       fmt::format("message has no field '{}': it has id and campaign", field));
        }
}

/// Data named as what templates know already. The data is what shows, but in a layout.
void TemplateLinter::look_at_own_words(const Variant& variant) {
    constexpr std::array<std::string_view, 9> own_words = {
        "recipient", "message", "lang", "dir", "subject", "preheader", "content", "content_for", "content_for_layout"};
    std::set<std::string_view> fields;
    for (const auto& [name, json] : variant.front.sample)
        fields.insert(name);
    for (const std::string& path : variant.required)
        fields.insert(root_of(path));
    for (const std::string_view name : own_words)
        if (fields.contains(name))
            report(
                own(variant), places(own(variant)).in_front_matter(name), "own-word",
                fmt::format("'{0}' is a word of templates too: here {{{{ {0} }}}} shows the data, in a layout it does "
                            "not; another name for the field tells them apart",
                            name));
}

/// The words of every file that this one shows; shared files are the same for all.
void TemplateLinter::look_at_words(const Variant& variant, bool is_mail) {
    std::set<std::string, std::less<>> names;
    for (const auto& [key, json] : variant.front.sample)
        names.insert(key);
    for (const std::string& path : variant.required)
        names.emplace(root_of(path));
    const bool persian = variant.lang == "fa" || variant.lang.starts_with("fa-");
    std::set<std::string> files = {own(variant)};
    for (const liquid::Program* program : programs(variant))
        if (program->name().starts_with('_')) files.insert(program->name());
    for (const std::string& path : files) {
        Words words;
        words.source = source_of(path);
        words.body = path == own(variant) ? variant.front.body_offset : 0;
        words.html = is_mail;
        words.persian = persian;
        words.right_to_left = variant.right_to_left;
        words.names = &names;
        render::look_at_words(words, saying(path));
    }
}

void TemplateLinter::look_at_sms(const Variant& variant) {
    const auto rendered = loaded_.render_variant(variant, sample_input(variant));
    if (!rendered) return;
    for (const auto& [name, text] : rendered->parts) {
        if (name != "text") continue;
        SmsText sms;
        sms.source = source_of(own(variant));
        sms.body = variant.front.body_offset;
        const bool shortens = tools_.shorten_text && variant.front.short_links.value_or(tools_.shortens);
        const std::string sent = shortens ? tools_.shorten_text(text) : text;
        sms.rendered = sent;
        sms.marketing = class_name_ == "marketing";
        sms.right_to_left = variant.right_to_left;
        render::look_at_sms(sms, tools_.measure_sms, saying(own(variant)));
    }
}

/// A text in quotes that is no date stays as it is, in every language.
void TemplateLinter::look_at_dates(const Variant& variant) {
    constexpr std::array<std::string_view, 4> filters = {"jalali", "local_date", "relative_time", "date"};
    for (const liquid::Program* program : programs(variant))
        for (const auto& use : program->filter_uses()) {
            const bool is_date = std::find(filters.begin(), filters.end(), use.name) != filters.end();
            if (!is_date || use.literal.empty() || use.literal == "now" || use.literal == "today") continue;
            if (has_digit(use.literal)) continue;
            report(
                program->name(), places(program->name()).of_text(use.literal), "date-unread",
                fmt::format("'{}' is no date, and {} leaves it as it is: write \"now\", or a date such as 1405/01/01",
                            use.literal, use.name));
        }
}

/// "+++ " is read as "+++"; other programs are not so kind.
void TemplateLinter::look_at_fence(const Variant& variant) {
    const std::string_view source = source_of(own(variant));
    const std::string_view head = source.substr(0, variant.front.body_offset);
    for (std::size_t at = head.find("+++"); at != std::string_view::npos; at = head.find("+++", at + 3)) {
        const bool begins = at == 0 || head[at - 1] == '\n' || head[at - 1] == '\xBF';
        if (begins && at + 3 < head.size() && (head[at + 3] == ' ' || head[at + 3] == '\t'))
            report_at(own(variant), at + 3, "fence-blank", "a blank stands behind +++: delete it");
    }
}

}  // namespace chapar::render
