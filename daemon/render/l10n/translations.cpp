#include "render/l10n/translations.hpp"

#include "render/locale.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unicode/numberformatter.h>
#include <unicode/plurrule.h>

#include <algorithm>

namespace chapar::render {

namespace {
constexpr std::size_t zero = 0, other = 5;

std::size_t form_number(const icu::UnicodeString& category) {
    static const std::array<icu::UnicodeString, plural_forms> names = {u"zero", u"one",  u"two",
                                                                       u"few",  u"many", u"other"};
    for (std::size_t i = 0; i < names.size(); ++i)
        if (category == names[i]) return i;
    return other;
}

/// "0", "0.00", "-0"
bool is_none(std::string_view decimal) {
    return decimal.find('0') != std::string_view::npos && decimal.find_first_not_of("-.0") == std::string_view::npos;
}
}  // namespace

struct TranslationFile::Rules {
    std::unique_ptr<const icu::PluralRules> plural;
    icu::number::LocalizedNumberFormatter numbers;  // what 1.0 shows decides, not what it is
};

TranslationFile::TranslationFile(std::string path, std::string locale, bool is_default, Texts texts)
    : path_(std::move(path)),
      locale_(std::move(locale)),
      is_default_(is_default),
      right_to_left_(is_right_to_left(locale_)),
      texts_(std::move(texts)),
      rules_(std::make_unique<Rules>()) {
    UErrorCode status = U_ZERO_ERROR;
    const auto known = icu::Locale::forLanguageTag(locale_, status);
    rules_->plural.reset(icu::PluralRules::forLocale(known, status));
    rules_->numbers = icu::number::NumberFormatter::withLocale(known);
    if (U_FAILURE(status)) rules_->plural = nullptr;
}

TranslationFile::~TranslationFile() = default;

const Translation* TranslationFile::find(std::string_view key) const {
    const auto found = texts_.find(key);
    return found == texts_.end() ? nullptr : &found->second;
}

const Phrase& TranslationFile::form(const Translation& translation, std::string_view count) const {
    const auto& forms = translation.forms;
    const Phrase& fallback = *forms[other];
    if (!translation.plural || count.empty()) return fallback;
    if (forms[zero] && is_none(count)) return *forms[zero];
    if (rules_->plural == nullptr) return fallback;
    UErrorCode status = U_ZERO_ERROR;
    const auto shown = rules_->numbers.formatDecimal({count.data(), static_cast<std::int32_t>(count.size())}, status);
    const auto category = rules_->plural->select(shown, status);
    if (U_FAILURE(status)) return fallback;
    const auto& form = forms[form_number(category)];
    return form ? *form : fallback;
}

const TranslationFile* Translations::exact(std::string_view locale) const {
    for (const auto& file : files_)
        if (file->locale() == locale) return file.get();
    return nullptr;
}

std::vector<const TranslationFile*> Translations::chain(std::string_view locale) const {
    std::vector<const TranslationFile*> all;
    const std::string canonical = canonical_locale(locale);
    for (std::string_view tag = canonical; !tag.empty(); tag = parent_locale(tag))
        if (const auto* file = exact(tag)) all.push_back(file);
    if (default_ != nullptr && std::find(all.begin(), all.end(), default_) == all.end()) all.push_back(default_);
    return all;
}

std::optional<Translations::Found> Translations::find(std::string_view locale, std::string_view key) const {
    const auto in = [key](const TranslationFile* file) -> std::optional<Found> {
        const Translation* translation = file == nullptr ? nullptr : file->find(key);
        return translation == nullptr ? std::nullopt : std::optional(Found{file, translation});
    };
    const std::string canonical = canonical_locale(locale);
    for (std::string_view tag = canonical; !tag.empty(); tag = parent_locale(tag))
        if (auto found = in(exact(tag))) return found;
    return in(default_);
}

const TranslationFile* Translations::speaker(std::string_view locale) const {
    const auto all = chain(locale);
    return all.empty() ? nullptr : all.front();
}

std::string Translations::explain_missing(std::string_view locale, std::string_view key) const {
    const auto all = chain(locale);
    if (all.empty())
        return fmt::format("no translation '{}': there is neither locales/{}.toml nor a default file", key,
                           locale.empty() ? "LOCALE" : locale);
    std::vector<std::string_view> paths, keys;
    for (const auto* file : all) {
        paths.push_back(file->path());
        for (const auto& [known, translation] : file->texts())
            keys.push_back(known);
    }
    auto sentence = fmt::format("no translation '{}' in {}", key, fmt::join(paths, ", "));
    const auto near = nearest(key, keys);
    if (!near.empty()) sentence += fmt::format("; did you mean '{}'?", near);
    return sentence;
}

}  // namespace chapar::render
