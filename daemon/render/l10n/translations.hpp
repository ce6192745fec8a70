#pragma once
// The texts of locales/LOCALE.toml: what `{{ 'cart.items' | t: count: n }}` says in each language. Immutable, shared
// between threads.
// Source: plural categories by CLDR, from ICU; the file that stands in for a missing text is called
// LOCALE.default.toml, as in Shopify's themes.

#include <array>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chapar::render {

/// A piece of a translation: its words, or the name of a value that stands there.
struct Segment {
    std::string text;
    bool is_name = false;
};
using Phrase = std::vector<Segment>;

constexpr std::size_t plural_forms = 6;  // zero, one, two, few, many, other

struct Translation {
    std::array<std::optional<Phrase>, plural_forms> forms;  // a text without plurals is `other` alone
    bool plural = false;
    bool html = false;  // its key ends with _html: it is HTML, and what it brings is escaped
};

/// One file.
class TranslationFile {
  public:
    using Texts = std::map<std::string, Translation, std::less<>>;
    TranslationFile(std::string path, std::string locale, bool is_default, Texts texts);
    ~TranslationFile();
    TranslationFile(const TranslationFile&) = delete;
    TranslationFile& operator=(const TranslationFile&) = delete;

    const std::string& path() const { return path_; }  // "locales/fa.toml"
    const std::string& locale() const { return locale_; }
    bool is_default() const { return is_default_; }
    bool right_to_left() const { return right_to_left_; }
    const Texts& texts() const { return texts_; }
    const Translation* find(std::string_view key) const;
    /// The form for `count`, which is a decimal number as it is shown; `zero`, where it is given, always for none.
    const Phrase& form(const Translation& translation, std::string_view count) const;

  private:
    struct Rules;
    std::string path_, locale_;
    bool is_default_, right_to_left_;
    Texts texts_;
    std::unique_ptr<Rules> rules_;
};

class Translations {
  public:
    /// "fa.toml" or "locales/fa.toml" -> source. Error: "locales/fa.toml:line:column: sentence".
    using Sources = std::map<std::string, std::string, std::less<>>;
    static std::expected<std::shared_ptr<const Translations>, std::string> read(const Sources& sources);

    struct Found {
        const TranslationFile* file = nullptr;
        const Translation* translation = nullptr;
    };
    /// In the locale's own file, the more general ones, the default one: fa-IR -> fa -> default.
    std::optional<Found> find(std::string_view locale, std::string_view key) const;
    /// "no translation 'cart.itms' in locales/fa.toml, locales/en.default.toml; did you mean 'cart.items'?"
    std::string explain_missing(std::string_view locale, std::string_view key) const;
    /// The file that speaks to a reader of `locale`; nullptr: there is none, not even a default one.
    const TranslationFile* speaker(std::string_view locale) const;
    const std::vector<std::unique_ptr<TranslationFile>>& files() const { return files_; }

  private:
    std::vector<const TranslationFile*> chain(std::string_view locale) const;
    const TranslationFile* exact(std::string_view locale) const;
    std::vector<std::unique_ptr<TranslationFile>> files_;
    const TranslationFile* default_ = nullptr;
};

}  // namespace chapar::render
