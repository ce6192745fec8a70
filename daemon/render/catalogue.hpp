#pragma once
// Templates by name: loaded from a folder, pinned by revision, rendered for one message. Knows files and locales;
// the language itself is render/liquid. Decides what is said, never to whom or when.
//
// A revision is the content hash of everything that can influence a template: its channel files, the shared layouts and
// partials. Its bundle (those sources as one text) is what the store keeps, so a message renders with what it was
// accepted with, whatever the folder holds by then.
// Threads: all functions are callable from any thread; programs are parsed once and shared.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace chapar::render {

enum class Code {
    unknown_template,  // no such name
    unknown_channel,   // the template has no file for this channel
    missing_variable,  // declared as required and absent
    broken_template,   // does not parse: file:line:column
    limit,             // steps, output or depth
    aborted,           // the template stopped the message
    failed,
    no_revision,  // the pinned revision can't be found
    unavailable,  // what keeps the pinned revision can't be read now
};
constexpr std::string_view error_domain(Code) { return "render"; }

/// What an address becomes that a template shortens ({{ url | short }}).
using ShortenAddress = std::function<std::string(std::string_view address)>;

/// What a message is rendered from. JSON texts are UTF-8 objects; empty means {}.
struct Input {
    std::string_view data_json;       // the request's `data`
    std::string_view recipient_json;  // id, attributes, locale, timezone; visible as `recipient`
    std::string_view locale;          // BCP 47
    std::string_view timezone;        // IANA
    std::string_view message_id;      // visible as `message.id`
    std::string_view campaign;        // visible as `message.campaign`
    Timestamp now{};
    std::string_view unsubscribe_url{}, preferences_url{};  // visible where the data has none of its own; empty: none
    const ShortenAddress* shorten = nullptr;                // nullptr: addresses stay as they are
};

/// Named parts in the channel's terms: email gives subject, preheader, html, text; sms gives text; others what they
/// declare. Every front-matter string that is a template (subject, preheader, from, ...) is rendered too.
/// `list_unsubscribe` is the address or addresses for that header, when the mail is marketing.
struct Rendered {
    std::vector<std::pair<std::string, std::string>> parts;
    std::string locale;  // of the file that was chosen, else of its translations or its "lang"; "" without any
    bool right_to_left = false;
};

struct ChannelInfo {
    std::string channel;
    std::vector<std::string> locales;  // "" is the default file
    std::vector<std::string> samples;  // in the same order: the sample data as a JSON object
};

struct TemplateInfo {
    std::string name;
    std::string revision;
    std::string class_name;  // from the front matter, may be empty
    std::vector<ChannelInfo> channels;
    std::vector<std::string> required;  // variables
    std::string sample_json;
    std::string broken;  // "file:line:column: ..." when the newest edit does not parse; the last good one serves
};

/// A member of the data that is not what the template's sample says it is.
struct Contradiction {
    std::string pointer;   // into the data, RFC 6901
    std::string sentence;  // "items is a list in the template's sample, and a text here"
};

/// What is wrong with a message's data for one channel of a template.
struct DataFlaws {
    std::vector<Contradiction> contradictions;
    std::vector<std::string> missing;  // required variables
};

/// One template at one revision; immutable, shared, thread-safe.
class Template {
  public:
    virtual ~Template() = default;
    virtual const std::string& name() const = 0;
    virtual const std::string& revision() const = 0;
    /// What the store keeps; `Catalogue::from_bundle` is its inverse.
    virtual const std::string& bundle() const = 0;
    virtual bool has_channel(std::string_view channel) const = 0;
    virtual const TemplateInfo& info() const = 0;
    /// The first required variable that `data_json` does not have (dotted paths allowed), for the answer 422 at
    /// acceptance; null, a blank text and a bare "https://" are as good as none. Cheap: no parsing of the template.
    virtual std::optional<std::string> missing_variable(std::string_view channel, std::string_view data_json) const = 0;
    /// Lists and objects in place of plain values and the other way round, by the samples of the channel's files, and
    /// what would begin a link and may not; for the same answer.
    virtual std::vector<Contradiction> contradictions(std::string_view channel, std::string_view data_json) const {
        return (void)channel, (void)data_json, std::vector<Contradiction>{};
    }
    /// All of them.
    virtual std::vector<std::string> missing_variables(std::string_view channel, std::string_view data_json) const {
        const auto first = missing_variable(channel, data_json);
        return first ? std::vector{*first} : std::vector<std::string>{};
    }
    /// Both at once, from one parse of the data. `asks`: whether what is missing is asked for.
    virtual DataFlaws data_flaws(std::string_view channel, std::string_view data_json, bool asks) const {
        return {contradictions(channel, data_json),
                asks ? missing_variables(channel, data_json) : std::vector<std::string>{}};
    }
    /// A part of the front matter as it stands there; empty: there is none, or it is made anew for each message.
    virtual std::string fixed_part(std::string_view channel, std::string_view locale, std::string_view part) const {
        return (void)channel, (void)locale, (void)part, std::string();
    }
    /// Whether the front matter has such a part, whatever is in it.
    virtual bool has_part(std::string_view channel, std::string_view locale, std::string_view part) const {
        return (void)channel, (void)locale, (void)part, false;
    }
    /// Whether a mail's page, its layout or their partials show a way to end such mails.
    virtual bool shows_unsubscribe(std::string_view channel, std::string_view locale) const {
        return (void)channel, (void)locale, true;
    }
    /// What the front matter says of `short_links`; nothing: it does not.
    virtual std::optional<bool> short_links(std::string_view channel, std::string_view locale) const {
        return (void)channel, (void)locale, std::nullopt;
    }
    /// Renders every part of `channel`. Limits hold over all parts together.
    virtual Result<Rendered> render(std::string_view channel, const Input& input) const = 0;
};

/// Files of the template folder of which no template is made: the site's pages and forms, by their paths
/// ("_pages/preferences.liquid", "_forms/news.toml").
using SiteFiles = std::map<std::string, std::string, std::less<>>;

/// The site's own pages give it where the data has none (Input): then nobody's data misses it.
constexpr bool is_given_by_pages(std::string_view variable) {
    return variable == "unsubscribe_url" || variable == "preferences_url";
}
/// As Template::missing_variable. `has_pages`: the site has such pages.
std::optional<std::string> missing_variable(const Template& program, std::string_view channel,
                                            std::string_view data_json, bool has_pages);

/// The folder of templates. `reload` may be called at any time; readers keep what they hold.
class Catalogue {
  public:
    virtual ~Catalogue() = default;
    /// Reads what changed since the last call; a broken template keeps its last good revision and says where it is
    /// broken. Answers the problems found, one "file:line:column: sentence" each; empty: all is well.
    virtual std::vector<std::string> reload() = 0;
    /// A reload that waits for another program ends soon, and none waits for one any more: the daemon stops.
    virtual void cancel() {}
    /// nullptr: unknown. The pointer keeps the revision alive.
    virtual std::shared_ptr<const Template> find(std::string_view name) const = 0;
    virtual std::vector<TemplateInfo> list() const = 0;
    /// The same pointer until one of them changes; while one can't be read, what they were before.
    virtual std::shared_ptr<const SiteFiles> site_files() const { return std::make_shared<const SiteFiles>(); }
    /// A pinned revision: from memory, or from the bundle that `load_bundle` finds (the store), parsed once and cached
    /// (bounded).
    virtual Result<std::shared_ptr<const Template>> pinned(std::string_view name, std::string_view revision) = 0;
};

/// `load_bundle(revision)` finds bundles of revisions that the folder no longer has; an error says that it could not
/// look. The folder is read at once; `reload` tells what is wrong in it.
using BundleSource = std::function<Result<std::optional<std::string>>(std::string_view revision)>;
/// What the program mjml made of MJML is kept in `made_folder`; empty: in memory only.
std::unique_ptr<Catalogue> open_catalogue(const std::string& folder, BundleSource load_bundle,
                                          const std::string& made_folder = {});

/// A text part made from HTML: links as "text (url)", lists, tables in reading order, no scripts or styles; what is
/// struck through is told as what was. `lang`: for a page that does not name its own.
std::string html_to_text(std::string_view html, std::string_view lang = {});

}  // namespace chapar::render
