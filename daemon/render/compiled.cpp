#include "render/compiled.hpp"

#include "base/json.hpp"
#include "render/blocks.hpp"
#include "render/file_advice.hpp"
#include "render/locale.hpp"
#include "render/mail_pages.hpp"
#include "render/parse_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <tuple>

namespace chapar::render {

namespace {

constexpr std::string_view email = "email";
/// Parts whose front matter says how a message is sent, not what it says: a translation shares them.
constexpr std::array<std::string_view, 3> shared_parts = {"from", "reply_to", "list_unsubscribe"};

struct Failure {
    std::string sentence;  // "file:line:column: ..."
};

/// Compiles one template; throws Failure within this file only.
class Compiler {
  public:
    using Sources = std::map<std::string, std::string, std::less<>>;
    Compiler(const std::string& name, const Sources& files, const SharedSource& shared, const Locales& locales,
             const CompileTools& tools)
        : name_(name),
          files_(files),
          shared_(shared),
          locales_(locales),
          tools_(tools),
          pages_(shared_, tools_, out_) {}
    Compiled run();

  private:
    struct Draft {
        FileName name;
        std::string file;
        const std::string* source = nullptr;
        FrontMatter front;
    };
    [[noreturn]] void refuse(std::string_view file, const Trouble& trouble) const {
        throw Failure{describe(name_ + "/" + std::string(file), trouble)};
    }
    std::vector<Draft> read_drafts();
    void inherit(std::vector<Draft>& drafts) const;
    void add_text_files(std::vector<Draft>& drafts);
    void check(const Draft& draft) const;
    void check_pairs(const std::vector<Draft>& drafts) const;
    Variant build(const Draft& draft);
    void build_email(const Draft& draft, Variant& variant);
    ProgramPtr parse(const std::string& path, std::string_view source, liquid::Escape escape, Place start);
    ProgramPtr parse_part(const Draft& draft, const SourceText& part);
    ProgramPtr parse_page(const std::string& path, const std::string& file);
    void prepare_pages(const std::vector<Draft>& drafts);
    const std::string& shared_source(const std::string& path, const std::string& user, Place place);
    void add_partials(const liquid::Program& user, liquid::Escape escape);
    void check_channels() const;
    void add_translations(const liquid::Program& user);
    void note_own_words(const liquid::Program& program);

    const std::string& name_;
    const Sources& files_;
    const SharedSource& shared_;
    const Locales& locales_;
    const CompileTools& tools_;
    std::map<std::string, std::pair<std::string, const std::string*>> text_files_;  // locale -> email.text file
    Compiled out_;
    MailPages pages_;
    int partial_depth_ = 0;
};

std::string_view body_of(const std::string& source, const FrontMatter& front) {
    return std::string_view(source).substr(front.body_offset);
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

std::vector<Compiler::Draft> Compiler::read_drafts() {
    std::vector<Draft> drafts;
    for (const auto& [file, source] : files_) {
        auto name = parse_file_name(file);
        if (!name) {
            const auto better = intended_name(name_, file);
            refuse(file, {{1, 1},
                          fmt::format("is not named CHANNEL.liquid or CHANNEL.LOCALE.liquid{}",
                                      better ? "; rename it to " + *better : std::string())});
        }
        auto front = read_front_matter(source);
        if (!front) refuse(file, front.error());
        drafts.push_back({std::move(*name), file, &source, std::move(*front)});
    }
    // By channel, then from the general to the special, so that what is inherited is complete.
    std::sort(drafts.begin(), drafts.end(), [](const Draft& a, const Draft& b) {
        return std::tuple(a.name.channel, a.name.locale.size(), a.name.locale) <
               std::tuple(b.name.channel, b.name.locale.size(), b.name.locale);
    });
    return drafts;
}

void Compiler::add_text_files(std::vector<Draft>& drafts) {
    for (const Draft& draft : drafts) {
        if (!draft.name.text) continue;
        if (draft.front.body_offset > 3) refuse(draft.file, {{1, 1}, "front matter belongs into the HTML file"});
        const bool has_html = std::any_of(drafts.begin(), drafts.end(), [&](const Draft& d) {
            return !d.name.text && d.name.channel == email && d.name.locale == draft.name.locale;
        });
        if (!has_html) refuse(draft.file, {{1, 1}, "is the text part of an HTML file that is not there"});
        text_files_[draft.name.locale] = {draft.file, draft.source};
    }
    std::erase_if(drafts, [](const Draft& d) { return d.name.text; });
}

/// A translation takes from the more general file everything but its words.
void Compiler::inherit(std::vector<Draft>& drafts) const {
    for (auto draft = drafts.begin(); draft != drafts.end(); ++draft) {
        if (draft->name.locale.empty()) continue;
        const auto general = std::find_if(std::make_reverse_iterator(draft), drafts.rend(), [&](const Draft& d) {
            return d.name.channel == draft->name.channel &&
                   (d.name.locale.empty() || draft->name.locale.starts_with(d.name.locale + "-"));
        });
        if (general == drafts.rend()) continue;
        FrontMatter& own = draft->front;
        const FrontMatter& from = general->front;
        if (!own.class_name) own.class_name = from.class_name;
        if (!own.layout) own.layout = from.layout;
        if (!own.required) own.required = from.required;
        if (!own.bidi) own.bidi = from.bidi;
        if (!own.inline_css) own.inline_css = from.inline_css;
        if (!own.short_links) own.short_links = from.short_links;
        const bool own_unsubscribe = own.list_unsubscribe.has_value();
        if (!own_unsubscribe) own.list_unsubscribe = from.list_unsubscribe;
        for (const std::string_view name : shared_parts) {
            const SourceText* part = from.part(name);
            if (name == "list_unsubscribe" && own_unsubscribe) continue;
            if (part != nullptr && own.part(name) == nullptr) own.parts.push_back(*part);
        }
        std::set<std::string> has;
        for (const auto& [key, json] : own.sample)
            has.insert(key);
        for (const auto& [key, json] : from.sample)
            if (!has.contains(key)) own.sample.emplace_back(key, json);
    }
}

/// Two files for one language would hide each other.
void Compiler::check_pairs(const std::vector<Draft>& drafts) const {
    for (std::size_t i = 1; i < drafts.size(); ++i)
        if (drafts[i].name.channel == drafts[i - 1].name.channel && drafts[i].name.locale == drafts[i - 1].name.locale)
            refuse(drafts[i].file, {{1, 1}, fmt::format("says the same as {}: keep one of them", drafts[i - 1].file)});
}

void Compiler::check(const Draft& draft) const {
    const FrontMatter& front = draft.front;
    const bool is_email = draft.name.channel == email;
    const bool empty = is_blank(body_of(*draft.source, front));
    if (empty) refuse(draft.file, {{front.body_line, 1}, "has no body"});
    if (is_email && front.part("subject") == nullptr)
        refuse(draft.file, {{1, 1},
                            front.body_line > 1 ? "has no subject; write subject = \"...\" between the +++ lines"
                                                : "has no subject; begin the file with a line +++, a line "
                                                  "subject = \"...\" and a line +++"});
    if (const auto better = is_email ? std::nullopt : intended_name(name_, draft.file);
        better && (front.part("subject") != nullptr || (front.layout && !draft.front.layout->empty())))
        refuse(draft.file,
               {{1, 1}, fmt::format("is taken for the channel '{}'; rename it to {}", draft.name.channel, *better)});
    if (!is_email && front.part("text") != nullptr)
        refuse(draft.file, {front.part("text")->place, "the body of the file is the text already"});
    if (!is_email && front.layout && !draft.front.layout->empty())
        refuse(draft.file, {front.layout_place, "layouts are for email"});
    if (text_files_.contains(draft.name.locale) && is_email && front.part("text") != nullptr)
        refuse(draft.file, {front.part("text")->place, "there is an email.text file with the text part"});
    const std::string lang = front.lang.value_or("");
    if (!lang.empty() && canonical_locale(lang).empty())
        refuse(draft.file, {{1, 1}, fmt::format("lang = '{}' is no language tag", lang)});
}

/// `start` is where `source` begins in its file.
ProgramPtr Compiler::parse(const std::string& path, std::string_view source, liquid::Escape escape, Place start) {
    auto program = parse_source(path, source, escape);
    if (!program) {
        Trouble& trouble = program.error();
        if (trouble.place.line == 1) trouble.place.column += start.column - 1;
        trouble.place.line += start.line - 1;
        throw Failure{describe(path, trouble)};
    }
    add_partials(**program, escape);
    add_translations(**program);
    note_own_words(**program);
    return std::move(*program);
}

/// What MailPages made of a file; places are told as those of the file.
ProgramPtr Compiler::parse_page(const std::string& path, const std::string& file) {
    const PageSource* page = pages_.find(path);
    Origin origin(page->text, file, page->map);
    auto program = parse_source(path, page->text, liquid::Escape::html);
    if (!program)
        throw Failure{describe(path, {origin.locate(program.error().place), std::move(program.error().sentence)})};
    out_.origins.insert_or_assign(path, std::move(origin));
    add_partials(**program, liquid::Escape::html);
    add_translations(**program);
    note_own_words(**program);
    return std::move(*program);
}

void Compiler::note_own_words(const liquid::Program& program) {
    if (program.name().starts_with("_layouts/")) return;  // where ours go first
    const auto is_ours = [](std::string_view path, std::string_view word, auto... fields) {
        return !path.starts_with(word) ||
               (path.size() > word.size() && path[word.size()] != '.' && path[word.size()] != '[') ||
               ((path.substr(std::min(path.size(), word.size() + 1)).starts_with(fields)) || ...);
    };
    for (const std::string_view path : program.variables()) {
        if (!is_ours(path, "message", "id", "campaign")) out_.shows_data_message = true;
        if (!is_ours(path, "recipient", "id", "locale", "timezone", "attributes")) out_.shows_data_recipient = true;
    }
}

ProgramPtr Compiler::parse_part(const Draft& draft, const SourceText& part) {
    return parse(name_ + "/" + draft.file, part.text, liquid::Escape::none, part.place);
}

const std::string& Compiler::shared_source(const std::string& path, const std::string& user, Place place) {
    const std::string* source = shared_(path);
    if (source == nullptr)
        throw Failure{fmt::format("{}:{}:{}: there is no file {}", user, place.line, place.column, path)};
    out_.bundle.files.emplace(path, *source);
    return *source;
}

void Compiler::add_partials(const liquid::Program& user, liquid::Escape escape) {
    Partials& partials = escape == liquid::Escape::html ? out_.html_partials : out_.text_partials;
    constexpr int deepest = 100;  // each file within another one is parsed within the other's parsing
    for (const std::string& name : user.partials()) {
        if (partials.contains(name)) continue;
        if (partial_depth_ >= deepest)
            throw Failure{fmt::format("{}:1:1: is the {}th partial within a partial: take some levels out", user.name(),
                                      deepest)};
        if (!is_plain_name(name)) throw Failure{fmt::format("{}:1:1: '{}' is no name of a partial", user.name(), name)};
        const std::string path = "_partials/" + name + ".liquid";
        const std::string& source = shared_source(path, user.name(), {});
        partials[name] = nullptr;  // known from here on: a partial may name itself
        ++partial_depth_;
        partials[name] = escape == liquid::Escape::html ? parse_page(path, source) : parse(path, source, escape, {});
        --partial_depth_;
    }
}

/// Whoever uses `t` depends on all that is said in any language.
void Compiler::add_translations(const liquid::Program& user) {
    const auto& uses = user.filter_uses();
    const bool translates = std::any_of(uses.begin(), uses.end(), [](const auto& use) { return use.name == "t"; });
    if (!translates || out_.translations) return;
    if (!locales_.trouble.empty()) throw Failure{locales_.trouble};
    out_.translations = locales_.read ? locales_.read : std::make_shared<const Translations>();
    for (const auto& [path, source] : locales_.sources)
        out_.bundle.files.emplace(path, source);
}

/// In a short message every character costs, so there only what would come apart is set apart.
Isolation isolation_of(std::string_view channel, const FrontMatter& front) {
    if (!front.bidi) return channel == "sms" ? Isolation::sparing : Isolation::full;
    return *front.bidi ? Isolation::full : Isolation::off;
}

/// Parts that people read. The others are addresses and the like, where a mark would do harm.
bool is_prose(std::string_view part) {
    constexpr std::array<std::string_view, 5> prose = {"subject", "preheader", "text", "title", "body"};
    return std::find(prose.begin(), prose.end(), part) != prose.end();
}

void Compiler::build_email(const Draft& draft, Variant& variant) {
    const std::string path = name_ + "/" + draft.file;
    const FrontMatter& front = draft.front;
    variant.html = parse_page(path, *draft.source);
    if (front.layout && !front.layout->empty()) {
        if (!is_plain_name(*front.layout))
            throw Failure{
                describe(path, {front.layout_place, fmt::format("'{}' is no name of a layout", *front.layout)})};
        const std::string layout = "_layouts/" + *front.layout + ".liquid";
        const std::string& source = shared_source(layout, path, front.layout_place);
        if (const auto block = find_block(source)) throw Failure{describe(layout, *block)};
        variant.layout = parse_page(layout, source);
    }
    if (const auto text = text_files_.find(draft.name.locale); text != text_files_.end()) {
        const auto& [file, source] = text->second;
        variant.parts.push_back({"text", parse(name_ + "/" + file, *source, liquid::Escape::none, {}), {}});
    }
    if (variant.marketing && front.part("list_unsubscribe") == nullptr) {
        auto unsubscribe = parse(path, "{{ unsubscribe_url }}", liquid::Escape::none, {});
        variant.parts.emplace_back("list_unsubscribe", std::move(unsubscribe), Place{});
        variant.required.emplace_back("unsubscribe_url");
    }
}

void Compiler::prepare_pages(const std::vector<Draft>& drafts) {
    for (const Draft& draft : drafts) {
        if (draft.name.channel != email) continue;
        auto trouble = pages_.add({draft.file, draft.source, &draft.front, draft.name.mjml});
        if (trouble) throw Failure{std::move(*trouble)};
    }
    pages_.finish();
}

Variant Compiler::build(const Draft& draft) {
    const FrontMatter& front = draft.front;
    Variant variant;
    variant.file = draft.file;
    variant.locale = draft.name.locale;
    variant.lang = front.lang ? canonical_locale(*front.lang) : draft.name.locale;
    variant.right_to_left = front.right_to_left.value_or(!variant.lang.empty() && is_right_to_left(variant.lang));
    variant.required = front.required.value_or(std::vector<std::string>{});
    variant.class_name = front.class_name.value_or("");
    variant.marketing = front.list_unsubscribe.value_or(false);
    variant.isolation = isolation_of(draft.name.channel, front);
    // Subject and preheader first: what follows may show them.
    for (const std::string_view first : {"subject", "preheader"})
        if (const SourceText* part = front.part(first))
            variant.parts.push_back({part->name, parse_part(draft, *part), part->place});
    for (const SourceText& part : front.parts)
        if (part.name != "subject" && part.name != "preheader")
            variant.parts.push_back({part.name, parse_part(draft, part), part.place});
    if (draft.name.channel == email) {
        build_email(draft, variant);
    } else {
        const std::string path = name_ + "/" + draft.file;
        const Place start{front.body_line, 1};
        variant.parts.push_back(
            {"text", parse(path, body_of(*draft.source, front), liquid::Escape::none, start), start});
    }
    for (TextPart& part : variant.parts)
        if (is_prose(part.name)) part.isolation = variant.isolation;
    json::Writer sample;
    sample.begin_object();
    for (const auto& [key, json] : front.sample)
        sample.key(key).raw(json);
    variant.sample_json = sample.end_object().take();
    variant.front = front;
    return variant;
}

void Compiler::check_channels() const {
    std::string class_name, class_file;
    for (const CompiledChannel& channel : out_.channels) {
        const Variant& first = channel.variants.front();
        if (!first.locale.empty() && channel.variants.size() > 1)
            refuse(first.file,
                   {{1, 1},
                    fmt::format("{} has several languages and no default file {}.liquid", channel.name, channel.name)});
        for (const Variant& variant : channel.variants) {
            if (variant.class_name.empty()) continue;
            if (!class_name.empty() && class_name != variant.class_name)
                refuse(
                    variant.file,
                    {{1, 1}, fmt::format("class '{}', but {} says '{}'", variant.class_name, class_file, class_name)});
            class_name = variant.class_name;
            class_file = variant.file;
        }
    }
}

Compiled Compiler::run() {
    out_.name = name_;
    out_.bundle.name = name_;
    std::vector<Draft> drafts = read_drafts();
    add_text_files(drafts);
    if (drafts.empty()) throw Failure{name_ + ":1:1: has no channel file, such as email.liquid"};
    inherit(drafts);
    for (const Draft& draft : drafts)
        check(draft);
    check_pairs(drafts);
    prepare_pages(drafts);
    for (const Draft& draft : drafts) {
        if (out_.channels.empty() || out_.channels.back().name != draft.name.channel)
            out_.channels.push_back({draft.name.channel, {}});
        out_.channels.back().variants.push_back(build(draft));
    }
    check_channels();
    for (const auto& [file, source] : files_)
        out_.bundle.files.emplace(file, source);
    return std::move(out_);
}

}  // namespace

std::expected<Compiled, std::string> compile(const std::string& name,
                                             const std::map<std::string, std::string, std::less<>>& files,
                                             const SharedSource& shared, const Locales& locales,
                                             const CompileTools& tools) {
    try {
        return Compiler(name, files, shared, locales, tools).run();
    } catch (Failure& failure) {
        return std::unexpected(std::move(failure.sentence));
    }
}

Locales read_locales(Translations::Sources sources) {
    Locales locales{std::move(sources), nullptr, {}};
    auto read = Translations::read(locales.sources);
    if (read) {
        locales.read = std::move(*read);
    } else {
        locales.trouble = std::move(read.error());
    }
    return locales;
}

std::vector<const liquid::Program*> programs_of(const Compiled& compiled, const Variant& variant) {
    std::vector<const liquid::Program*> all;
    const auto add = [&](const liquid::Program* program, const Partials& partials, const auto& self) -> void {
        if (program == nullptr || std::find(all.begin(), all.end(), program) != all.end()) return;
        all.push_back(program);
        for (const std::string& name : program->partials())
            if (const auto found = partials.find(name); found != partials.end())
                self(found->second.get(), partials, self);
    };
    for (const TextPart& part : variant.parts)
        add(part.program.get(), compiled.text_partials, add);
    add(variant.html.get(), compiled.html_partials, add);
    add(variant.layout.get(), compiled.html_partials, add);
    return all;
}

bool shows_unsubscribe(const Compiled& compiled, const Variant& variant) {
    return std::ranges::any_of(programs_of(compiled, variant), [](const liquid::Program* program) {
        if (program->escape() != liquid::Escape::html) return false;
        const auto& source = program->source();
        return source.find("unsubscribe") != std::string::npos || source.find("preferences_url") != std::string::npos;
    });
}

}  // namespace chapar::render
