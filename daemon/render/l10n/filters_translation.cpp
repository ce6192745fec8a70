// t: {{ 'cart.items' | t: count: n, name: user.name }}
#include "render/l10n/filters.hpp"
#include "render/l10n/language.hpp"
#include "render/l10n/numbers.hpp"
#include "render/l10n/translations.hpp"
#include "render/liquid/html.hpp"
#include "render/liquid/text.hpp"

#include <fmt/format.h>

namespace chapar::render {

namespace {

using liquid::Call;
using liquid::Mark;
using liquid::Value;

constexpr std::string_view count_name = "count";

/// One translation being filled in.
class Filling {
  public:
    Filling(Call& call, const Translations::Found& found)
        : call_(call),
          translation_(*found.translation),
          file_(*found.file),
          sets_apart_(isolation_rule(language_of(call.context).isolation, found.file->right_to_left())) {}
    /// The text with its values; false: a value is missing, and the call has failed.
    bool run(std::string_view key, std::string& out);

  private:
    const Value* value(std::string_view name) const {
        return call_.named.is_hash() ? call_.named.as_hash().find(name) : nullptr;
    }
    void append(std::string_view name, Value value, std::string& out) const;

    Call& call_;
    const Translation& translation_;
    const TranslationFile& file_;
    liquid::SetsApart sets_apart_;
};

void Filling::append(std::string_view name, Value value, std::string& out) const {
    const std::string_view text = call_.context.text_of(value);
    if (name == count_name) {
        if (const auto shown = format_number(text, file_.locale(), std::nullopt)) {
            out += *shown;
            return;
        }
    }
    const Mark mark = value.is_string() ? value.mark() : Mark::plain;
    const bool apart = mark == Mark::apart || (mark == Mark::plain && sets_apart_ != nullptr && sets_apart_(text) &&
                                               !liquid::ends_in_address(out));
    const bool runs_back = file_.right_to_left() && liquid::has_right_to_left_letter(text);
    if (translation_.html) {
        if (mark == Mark::safe) {
            out += text;
            return;
        }
        if (apart) out += liquid::isolate::element(runs_back);
        liquid::append_isolated_html(out, text);
        if (apart) out += "</bdi>";
        return;
    }
    if (!apart) {
        out += text;
        return;
    }
    out += runs_back ? liquid::isolate::right : liquid::isolate::first_strong;
    liquid::append_isolated_text(out, text);
    out += liquid::isolate::pop;
}

bool Filling::run(std::string_view key, std::string& out) {
    const Value* count = value(count_name);
    if (translation_.plural && count == nullptr) {
        call_.context.fail(fmt::format("t: '{}' has plural forms, so it needs count", key));
        return false;
    }
    const std::string_view number = count == nullptr ? "" : call_.context.text_of(*count);
    for (const Segment& segment : file_.form(translation_, is_decimal(number) ? number : "")) {
        if (!segment.is_name) {
            out += segment.text;
            continue;
        }
        const Value* given = value(segment.text);
        if (given == nullptr) {
            call_.context.fail(fmt::format("t: '{}' in {} needs {}", key, file_.path(), segment.text));
            return false;
        }
        append(segment.text, *given, out);
    }
    return true;
}

Value translate(Call& call, Value input) {
    auto& context = call.context;
    const Language& language = language_of(context);
    const std::string_view key = context.text_of(input);
    if (language.translations == nullptr)
        return context.fail(fmt::format("t: no translation '{}': the folder has no locales", key));
    const auto found = language.translations->find(context.options().locale, key);
    if (!found) return context.fail("t: " + language.translations->explain_missing(context.options().locale, key));
    if (found->translation->html && !context.html())
        return context.fail(fmt::format("t: '{}' is HTML, and this is plain text", key));
    std::string text;
    if (!Filling(call, *found).run(key, text) || !context.charge_steps(1 + text.size() / 64)) return Value();
    if (found->translation->html) return context.string(text, Mark::safe);
    const bool same = found->file->right_to_left() == language.right_to_left;
    return context.string(text, same ? Mark::own : Mark::plain);
}

}  // namespace

void add_translation_filters(liquid::Environment& environment) { environment.add_filter("t", 0, 0, translate); }

}  // namespace chapar::render
