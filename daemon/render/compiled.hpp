#pragma once
// One template as programs: what `compile` makes of its sources and what rendering walks through.
// Immutable once compiled, shared between threads.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "render/bundle.hpp"
#include "render/catalogue.hpp"
#include "render/front_matter.hpp"
#include "render/l10n/bidi.hpp"
#include "render/l10n/translations.hpp"
#include "render/liquid/liquid.hpp"
#include "render/mjml.hpp"
#include "render/place_map.hpp"

namespace chapar::render {

using ProgramPtr = std::shared_ptr<const liquid::Program>;
using Partials = std::map<std::string, ProgramPtr, std::less<>>;

/// A part that is plain text: subject, preheader, from, an SMS.
struct TextPart {
    std::string name;
    ProgramPtr program;
    Place start;  // in the program's file
    Isolation isolation = Isolation::off;
};

/// One channel in one language: one file.
struct Variant {
    std::string file;    // "email.fa.liquid"
    std::string locale;  // of the file's name, "" for the default file
    std::string lang;
    bool right_to_left = false;
    std::vector<TextPart> parts;  // in the order they are rendered
    ProgramPtr html, layout;      // email; layout may be nullptr
    std::vector<std::string> required;
    std::string sample_json;
    std::string class_name;
    bool marketing = false;                // list_unsubscribe
    Isolation isolation = Isolation::off;  // in the html
    FrontMatter front;                     // with what it inherits from the default file
};

struct CompiledChannel {
    std::string name;
    std::vector<Variant> variants;  // the default first, if there is one
    /// fa-IR -> fa -> default; a channel with one file speaks to all.
    const Variant& choose(std::string_view locale) const;
};

/// Something for lint to say that compiling found.
struct Note {
    std::string file;  // "welcome/email.mjml.liquid"
    Place place;
    std::string rule, sentence;
};

struct Compiled {
    std::string name;
    std::vector<CompiledChannel> channels;
    Partials html_partials, text_partials;
    Bundle bundle;                                       // the sources that it is made of
    std::shared_ptr<const Translations> translations;    // nullptr: no program uses them
    std::map<std::string, Origin, std::less<>> origins;  // of the programs that are HTML, by name
    std::vector<Note> notes;
    /// The template reads `message` or `recipient` as a field of the data may be read: as a whole, or a field that ours
    /// does not have.
    bool shows_data_message = false, shows_data_recipient = false;
    std::vector<std::string> page_paths;  // as PageSources::mark_origins numbered them
    const CompiledChannel* channel(std::string_view name) const;
};

/// All programs of a variant: its parts, page, layout, and the partials that these name.
std::vector<const liquid::Program*> programs_of(const Compiled& compiled, const Variant& variant);
/// Whether its page, layout or their partials name an address to unsubscribe or for preferences.
bool shows_unsubscribe(const Compiled& compiled, const Variant& variant);

/// The source of "_layouts/NAME.liquid" or "_partials/NAME.liquid"; nullptr: there is none.
using SharedSource = std::function<const std::string*(const std::string& path)>;

/// The files of the folder "locales", read once for all templates.
struct Locales {
    Translations::Sources sources;  // "locales/fa.toml" -> TOML
    std::shared_ptr<const Translations> read;
    std::string trouble;  // why `read` is not there, as "file:line:column: sentence"
};
Locales read_locales(Translations::Sources sources);
class Folder;
Locales locales_in(const Folder& folder);
/// Whether a subfolder is no template: layouts, partials and locales serve all of them.
bool is_shared_folder(std::string_view name);

/// What compiling needs beyond the sources.
struct CompileTools {
    /// Makes HTML of MJML for a file of the template. Empty: what the bundle holds, found as a shared source.
    std::function<std::expected<MjmlOutput, std::string>(const std::string& file, const std::string& mjml)> mjml;
    bool marks_origins = false;  // for lint: see PageSources::mark_origins
};

/// `files` are the template's own, by file name. On failure: "NAME/FILE:line:column: sentence".
std::expected<Compiled, std::string> compile(const std::string& name,
                                             const std::map<std::string, std::string, std::less<>>& files,
                                             const SharedSource& shared, const Locales& locales = {},
                                             const CompileTools& tools = {});

/// Letters, digits, '-' and '_', not starting with either mark.
bool is_plain_name(std::string_view name);

/// What a template's file name says: CHANNEL[.text|.mjml][.LOCALE].liquid
struct FileName {
    std::string channel, locale;
    bool text = false, mjml = false;
};
std::optional<FileName> parse_file_name(std::string_view file);

}  // namespace chapar::render
