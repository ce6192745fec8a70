#include "render/lint.hpp"

#include "render/folder.hpp"
#include "render/html_text.hpp"
#include "render/lint_source.hpp"
#include "render/template.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace chapar::render {

namespace {

constexpr std::size_t clipped_bytes = std::size_t{102} * 1024;  // where Gmail cuts
constexpr std::size_t long_subject = 78;
/// Visible without being sent, or sent with marketing mail only: see docs/templates.md.
constexpr std::array<std::string_view, 8> given = {"recipient", "message", "lang",      "dir",
                                                   "subject",   "content", "preheader", "unsubscribe_url"};

using Sources = std::map<std::string, std::string, std::less<>>;

std::string_view root_of(std::string_view path) { return path.substr(0, path.find_first_of(".[")); }

std::size_t characters(std::string_view utf8) {
    return static_cast<std::size_t>(
        std::count_if(utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

/// Looks at one template; findings of shared files come once, whoever uses them.
class Linter {
  public:
    Linter(const Compiled& compiled, std::set<Finding>& out) : compiled_(compiled), loaded_(compiled), out_(out) {}
    void run();

  private:
    void look(const CompiledChannel& channel, const Variant& variant);
    void look_at_names(const Variant& variant);
    void look_at_required(const Variant& variant);
    void look_at_unsubscribe(const Variant& variant);
    void look_at_images(const std::string& file, std::string_view source);
    void look_at_sample(const Variant& variant);
    void report(const std::string& file, Place place, std::string_view rule, std::string sentence);

    std::string own(const Variant& variant) const { return compiled_.name + "/" + variant.file; }
    /// Every program that may write a part of this variant, once.
    std::vector<const liquid::Program*> programs(const Variant& variant) const;
    std::string_view source_of(const std::string& path) const;

    const Compiled& compiled_;
    LoadedTemplate loaded_;
    std::set<Finding>& out_;
    const Variant* variant_ = nullptr;
};

void Linter::report(const std::string& file, Place place, std::string_view rule, std::string sentence) {
    const auto& silenced = variant_->front.silenced;
    if (std::find(silenced.begin(), silenced.end(), rule) != silenced.end()) return;
    out_.insert({file, place.line, place.column, std::string(rule), std::move(sentence)});
}

std::string_view Linter::source_of(const std::string& path) const {
    const std::string prefix = compiled_.name + "/";
    const auto found = compiled_.bundle.files.find(path.starts_with(prefix) ? path.substr(prefix.size()) : path);
    return found == compiled_.bundle.files.end() ? "" : std::string_view(found->second);
}

std::vector<const liquid::Program*> Linter::programs(const Variant& variant) const {
    std::vector<const liquid::Program*> all;
    const auto add = [&](const liquid::Program* program, const Partials& partials, const auto& self) -> void {
        if (program == nullptr || std::find(all.begin(), all.end(), program) != all.end()) return;
        all.push_back(program);
        for (const std::string& name : program->partials())
            if (const auto found = partials.find(name); found != partials.end())
                self(found->second.get(), partials, self);
    };
    for (const TextPart& part : variant.parts)
        add(part.program.get(), compiled_.text_partials, add);
    add(variant.html.get(), compiled_.html_partials, add);
    add(variant.layout.get(), compiled_.html_partials, add);
    return all;
}

void Linter::look_at_names(const Variant& variant) {
    std::set<std::string, std::less<>> known(given.begin(), given.end());
    for (const auto& [key, json] : variant.front.sample)
        known.insert(key);
    for (const std::string& path : variant.required)
        known.emplace(root_of(path));
    const auto all = programs(variant);
    for (const liquid::Program* program : all)
        collect_set_names(program->source(), known);
    for (const liquid::Program* program : all)
        for (const std::string& path : program->variables()) {
            const std::string_view root = root_of(path);
            if (known.contains(root)) continue;
            // Whoever translates a mail finds it in the file at hand, not in a partial of another one.
            report(program->name(), find_name(source_of(program->name()), root), "undefined-variable",
                   fmt::format("'{}' is neither required nor in the sample data of {}", root, own(variant)));
        }
}

void Linter::look_at_required(const Variant& variant) {
    const auto all = programs(variant);
    const auto related = [](std::string_view a, std::string_view b) {
        return a == b || (a.starts_with(b) && a[b.size()] == '.') || (b.starts_with(a) && b[a.size()] == '.');
    };
    for (const std::string& path : variant.required) {
        const bool used = std::any_of(all.begin(), all.end(), [&](const liquid::Program* program) {
            const auto& names = program->variables();
            return std::any_of(names.begin(), names.end(),
                               [&](const std::string& name) { return related(name, path); });
        });
        if (!used)
            report(own(variant), variant.front.required_place, "unused-required",
                   fmt::format("'{}' is required and never shown", path));
        if (first_missing({path}, variant.sample_json))
            report(own(variant), variant.front.required_place, "missing-sample",
                   fmt::format("'{}' is required and has no sample", path));
    }
}

void Linter::look_at_unsubscribe(const Variant& variant) {
    if (!variant.marketing && variant.class_name != "marketing") return;
    if (!variant.marketing)
        report(own(variant), {}, "missing-list-unsubscribe", "marketing mail needs list_unsubscribe = true");
    for (const liquid::Program* program : programs(variant)) {
        if (program->escape() != liquid::Escape::html) continue;
        if (program->source().find("unsubscribe") != std::string::npos) return;
    }
    report(own(variant), {}, "missing-unsubscribe", "marketing mail shows no link to unsubscribe");
}

void Linter::look_at_images(const std::string& file, std::string_view source) {
    const std::string masked = mask_liquid(source);
    HtmlReader reader(masked);
    for (const HtmlToken* token = &reader.next(); token->kind != HtmlToken::Kind::finished; token = &reader.next()) {
        if (token->kind != HtmlToken::Kind::start || token->name != "img") continue;
        const Place place = place_at(source, token->offset);
        if (!reader.has_attribute("alt"))
            report(file, place, "missing-alt", "an image without alt says nothing where images are off");
        if (!reader.has_attribute("width"))
            report(file, place, "image-width", "an image without width breaks the mail in Outlook");
    }
}

void Linter::look_at_sample(const Variant& variant) {
    Input input;
    input.data_json = variant.sample_json;
    input.recipient_json = R"({"id":"sample","attributes":{}})";
    input.locale = variant.locale;
    input.message_id = "sample";
    const auto rendered = loaded_.render_variant(variant, input);
    if (!rendered) {
        if (!rendered.error().is(Code::aborted))
            report(own(variant), {}, "sample-fails", "with its sample data: " + rendered.error().message());
        return;
    }
    for (const auto& [name, text] : rendered->parts) {
        if (name == "subject" && characters(text) > long_subject)
            report(own(variant), variant.front.part("subject")->place, "long-subject",
                   fmt::format("the subject has {} characters; {} are shown at best", characters(text), long_subject));
        if (name == "subject" && text.empty())
            report(own(variant), variant.front.part("subject")->place, "empty-subject", "the subject is empty");
        if (name == "html" && text.size() > clipped_bytes)
            report(own(variant), {}, "clipped", fmt::format("{} KB of HTML: Gmail cuts at 102", text.size() / 1024));
    }
}

void Linter::look(const CompiledChannel& channel, const Variant& variant) {
    variant_ = &variant;
    for (const std::string& name : variant.front.silenced) {
        const auto rules = lint_rules();
        if (!std::binary_search(rules.begin(), rules.end(), name))
            report(own(variant), {}, "unknown-rule", fmt::format("'{}' in silence is no rule", name));
    }
    look_at_names(variant);
    look_at_required(variant);
    look_at_sample(variant);
    if (channel.name != "email") return;
    look_at_unsubscribe(variant);
    if (variant.lang.empty())
        report(own(variant), {}, "missing-lang", "say lang = \"...\": screen readers and right-to-left depend on it");
    for (const liquid::Program* program : programs(variant)) {
        if (program->escape() != liquid::Escape::html) continue;
        look_at_images(program->name(), source_of(program->name()));
        if (program->uses_raw())
            report(program->name(), find_name(source_of(program->name()), "raw"), "raw-output",
                   "raw writes data into the HTML as it is; the data must be trusted");
    }
}

void Linter::run() {
    for (const CompiledChannel& channel : compiled_.channels)
        for (const Variant& variant : channel.variants)
            look(channel, variant);
}

/// "file:line:column: sentence" as a finding of the rule "broken".
Finding broken(const std::string& trouble) {
    Finding finding{trouble, 1, 1, "broken", ""};
    const std::size_t file_end = trouble.find(':');
    if (file_end == std::string::npos) return finding;
    std::size_t used = 0;
    finding.file = trouble.substr(0, file_end);
    std::string_view rest = std::string_view(trouble).substr(file_end + 1);
    for (unsigned* number : {&finding.line, &finding.column}) {
        unsigned value = 0;
        for (used = 0; used < rest.size() && rest[used] >= '0' && rest[used] <= '9'; ++used)
            value = value * 10 + static_cast<unsigned>(rest[used] - '0');
        if (used == 0 || used >= rest.size()) break;
        *number = value;
        rest.remove_prefix(used + 1);
    }
    if (rest.starts_with(' ')) rest.remove_prefix(1);
    finding.sentence = rest;
    return finding;
}

std::optional<std::string> lint_template(const Folder& folder, const std::string& name, const Folder::Files& files,
                                         std::set<Finding>& out) {
    Sources sources;
    for (const auto& [file, source] : files) {
        if (!source.text) return source.trouble;
        sources.emplace(file, *source.text);
    }
    const auto shared = [&](const std::string& path) -> const std::string* {
        const auto found = folder.subfolders().find(path.substr(0, path.find('/')));
        if (found == folder.subfolders().end()) return nullptr;
        const auto file = found->second.find(path.substr(path.find('/') + 1));
        return file == found->second.end() ? nullptr : file->second.text.get();
    };
    if (!is_plain_name(name)) return name + ":1:1: a template's name is made of letters, digits, '-' and '_'";
    const auto compiled = compile(name, sources, shared);
    if (!compiled) return compiled.error();
    Linter(*compiled, out).run();
    return std::nullopt;
}

}  // namespace

std::vector<std::string> lint_rules() {
    return {"broken",
            "clipped",
            "empty-subject",
            "image-width",
            "long-subject",
            "missing-alt",
            "missing-lang",
            "missing-list-unsubscribe",
            "missing-sample",
            "missing-unsubscribe",
            "raw-output",
            "sample-fails",
            "undefined-variable",
            "unknown-rule",
            "unused-required"};
}

std::vector<Finding> lint(const std::string& path) {
    Folder folder(path);
    folder.refresh();
    std::set<Finding> found;
    if (!folder.trouble().empty()) found.insert(broken(folder.trouble()));
    for (const auto& [name, files] : folder.subfolders()) {
        if (name == "_layouts" || name == "_partials") {
            for (const auto& [file, source] : files)
                if (!source.text) found.insert(broken(source.trouble));
            continue;
        }
        if (files.empty()) continue;
        if (auto trouble = lint_template(folder, name, files, found)) found.insert(broken(*trouble));
    }
    return {found.begin(), found.end()};
}

}  // namespace chapar::render
