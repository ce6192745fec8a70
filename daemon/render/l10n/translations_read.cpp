// The TOML of a file of translations.
#include "render/l10n/translations.hpp"

#include "render/locale.hpp"

#include <chapar/toml_bounds.hpp>

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>

namespace chapar::render {

namespace {

constexpr std::array<std::string_view, plural_forms> form_names = {"zero", "one", "two", "few", "many", "other"};
constexpr std::string_view html_suffix = "_html";

/// Thrown within this file only.
struct Failure {
    std::string sentence;
};

/// Reads one file.
class Reader {
  public:
    explicit Reader(const std::string& path) : path_(path) {}
    TranslationFile::Texts read(std::string_view source);

  private:
    [[noreturn]] void refuse(const toml::source_region& where, std::string_view sentence) const {
        throw Failure{fmt::format("{}:{}:{}: {}", path_, std::max(where.begin.line, 1u),
                                  std::max(where.begin.column, 1u), sentence)};
    }
    void table(const toml::table& table, const std::string& prefix, int depth);
    void plural(const toml::table& table, const std::string& key);
    Phrase phrase(const toml::node& node, const std::string& key, bool html) const;
    void check_html(const toml::node& node, std::string_view before) const;
    Translation& add(const toml::node& node, const std::string& key);

    const std::string& path_;
    TranslationFile::Texts texts_;
};

bool is_name(std::string_view name) {
    const auto is_word = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    };
    return !name.empty() && std::all_of(name.begin(), name.end(), is_word);
}

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' '))
        text.remove_prefix(1);
    while (text.ends_with(' '))
        text.remove_suffix(1);
    return text;
}

/// A table whose members are all called after plural forms.
bool is_plural(const toml::table& table) {
    return !table.empty() && std::all_of(table.begin(), table.end(), [](const auto& member) {
        return std::find(form_names.begin(), form_names.end(), member.first.str()) != form_names.end();
    });
}

/// In a text of HTML a value may stand between tags only: nothing here knows the rules of the other places.
void Reader::check_html(const toml::node& node, std::string_view before) const {
    const std::size_t opened = before.rfind('<');
    if (opened != std::string_view::npos && before.find('>', opened) == std::string_view::npos)
        refuse(node.source(), "a value can't stand within a tag; write the tag in the template");
    for (const std::string_view raw : {"<script", "<style", "<!--"})
        if (before.find(raw) != std::string_view::npos)
            refuse(node.source(), fmt::format("{} has no place in a translation", raw));
}

Phrase Reader::phrase(const toml::node& node, const std::string& key, bool html) const {
    const auto* text = node.as_string();
    if (text == nullptr) refuse(node.source(), fmt::format("'{}' is no text", key));
    Phrase out;
    const std::string_view all = text->get();
    for (std::size_t at = 0; at < all.size();) {
        const std::size_t open = std::min(all.find("{{", at), all.size());
        if (open > at) out.push_back({std::string(all.substr(at, open - at)), false});
        if (open == all.size()) break;
        const std::size_t close = all.find("}}", open);
        const std::string_view name =
            close == std::string_view::npos ? "" : trimmed(all.substr(open + 2, close - open - 2));
        if (!is_name(name)) refuse(node.source(), fmt::format("'{}': between {{{{ and }}}} stands a name alone", key));
        if (html) check_html(node, all.substr(at, open - at));  // what stands before it passed already
        out.push_back({std::string(name), true});
        at = close + 2;
    }
    if (html) check_html(node, all);
    return out;
}

Translation& Reader::add(const toml::node& node, const std::string& key) {
    const auto [entry, is_new] = texts_.try_emplace(key);
    if (!is_new) refuse(node.source(), fmt::format("'{}' is there twice", key));
    entry->second.html = key.ends_with(html_suffix);
    return entry->second;
}

void Reader::plural(const toml::table& table, const std::string& key) {
    if (!table.contains("other")) refuse(table.source(), fmt::format("'{}' has plural forms and no 'other'", key));
    Translation& translation = add(table, key);
    translation.plural = true;
    for (std::size_t i = 0; i < plural_forms; ++i)
        if (const auto* form = table.get(form_names[i])) translation.forms[i] = phrase(*form, key, translation.html);
}

void Reader::table(const toml::table& table, const std::string& prefix, int depth) {
    constexpr int deepest = 20;
    if (depth > deepest) refuse(table.source(), "is nested too deep");
    for (const auto& [name, node] : table) {
        const std::string key = prefix + std::string(name.str());
        const auto* inner = node.as_table();
        if (inner == nullptr) {
            Translation& translation = add(node, key);
            translation.forms[plural_forms - 1] = phrase(node, key, translation.html);
        } else if (is_plural(*inner)) {
            plural(*inner, key);
        } else {
            this->table(*inner, key + ".", depth + 1);
        }
    }
}

TranslationFile::Texts Reader::read(std::string_view source) {
    if (const auto excess = toml_excess(source))
        throw Failure{fmt::format("{}:{}:{}: {}", path_, excess->line, excess->column, excess->sentence)};
    try {
        table(toml::parse(source), "", 0);
    } catch (const toml::parse_error& error) {
        refuse(error.source(), error.description());
    }
    return std::move(texts_);
}

/// "fa" or "en.default" to a locale.
std::unique_ptr<TranslationFile> read_file(const std::string& path, std::string_view source) {
    std::string_view name = path;
    name.remove_prefix(name.rfind('/') + 1);
    constexpr std::string_view extension = ".toml", mark = ".default";
    if (name.ends_with(extension)) name.remove_suffix(extension.size());
    const bool is_default = name.ends_with(mark);
    if (is_default) name.remove_suffix(mark.size());
    std::string locale = canonical_locale(name);
    if (locale.empty())
        throw Failure{fmt::format("{}:1:1: '{}' is no language tag: call it fa.toml or en.default.toml", path, name)};
    return std::make_unique<TranslationFile>(path, std::move(locale), is_default, Reader(path).read(source));
}

}  // namespace

std::expected<std::shared_ptr<const Translations>, std::string> Translations::read(const Sources& sources) {
    auto all = std::make_shared<Translations>();
    try {
        for (const auto& [name, source] : sources) {
            auto file = read_file(name.starts_with("locales/") ? name : "locales/" + name, source);
            if (const auto* twin = all->exact(file->locale()))
                throw Failure{fmt::format("{}:1:1: {} speaks {} already", file->path(), twin->path(), twin->locale())};
            if (file->is_default() && all->default_ != nullptr)
                throw Failure{fmt::format("{}:1:1: {} is the default already", file->path(), all->default_->path())};
            if (file->is_default()) all->default_ = file.get();
            all->files_.push_back(std::move(file));
        }
    } catch (Failure& failure) {
        return std::unexpected(std::move(failure.sentence));
    }
    return all;
}

}  // namespace chapar::render
