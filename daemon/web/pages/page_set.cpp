#include "web/pages/page_set.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

#include "base/json.hpp"
#include "render/environment.hpp"
#include "render/l10n/language.hpp"
#include "render/liquid/liquid.hpp"

namespace chapar::web {
namespace {

using Programs = std::map<std::string, std::shared_ptr<const liquid::Program>, std::less<>>;

constexpr std::string_view page_folder = "_pages/", page_ending = ".liquid";
constexpr liquid::Limits page_limits{
    .steps = 200'000, .output_bytes = 1u << 20, .assigned_bytes = 1u << 20, .depth = 20};

std::optional<std::string_view> page_of(std::string_view path) {
    if (!path.starts_with(page_folder) || !path.ends_with(page_ending)) return std::nullopt;
    return path.substr(page_folder.size(), path.size() - page_folder.size() - page_ending.size());
}

Result<void> add(Programs& into, std::string_view path, std::string_view text) {
    const auto page = page_of(path);
    if (!page) return {};
    liquid::ParseOptions options;
    options.name = path;
    options.mode = liquid::Mode::strict2;
    options.escape = liquid::Escape::html;
    options.environment = render::message_environment();
    auto program = liquid::parse(text, options);
    if (!program) return fail(render::Code::broken_template, program.error().located());
    into.insert_or_assign(std::string(*page), std::move(*program));
    return {};
}

liquid::Resolver resolver_of(const Programs& programs) {
    return [&programs](std::string_view name) -> liquid::Outcome<std::shared_ptr<const liquid::Program>> {
        const auto found = programs.find(name);
        return found == programs.end() ? nullptr : found->second;
    };
}

const Programs& built_in_programs() {
    static const Programs programs = [] {
        Programs out;
        for (const auto& page : built_in_pages())
            if (const auto done = add(out, page.path, page.text); !done.has_value())
                throw std::logic_error(done.error().message());
        return out;
    }();
    return programs;
}

std::string own_data(const PageSpeech& speech, std::string_view nonce) {
    json::Writer out;
    out.begin_object().member("lang", speech.language()).member("dir", speech.is_persian ? "rtl" : "ltr");
    return out.member("nonce", nonce).end_object().take();
}

class LoadedPages final : public PageSet {
  public:
    explicit LoadedPages(Programs programs) : programs_(std::move(programs)), partials_(resolver_of(programs_)) {}
    LoadedPages(const LoadedPages&) = delete;  // the resolver looks into it
    LoadedPages& operator=(const LoadedPages&) = delete;

    std::string render(std::string_view page, const PageSpeech& speech, std::string_view nonce, std::string_view data,
                       std::string& trouble) const override {
        auto made = render_with(programs_, partials_, page, speech, nonce, data);
        if (made.has_value()) return std::move(*made);
        trouble = made.error().message();
        static const liquid::Resolver built_in = resolver_of(built_in_programs());
        auto safe = render_with(built_in_programs(), built_in, page, speech, nonce, data);
        if (!safe.has_value()) throw std::logic_error("a built-in page fails: " + safe.error().message());
        return std::move(*safe);
    }

  private:
    static Result<std::string> render_with(const Programs& programs, const liquid::Resolver& partials,
                                           std::string_view page, const PageSpeech& speech, std::string_view nonce,
                                           std::string_view data) {
        const auto program = programs.find(page);
        if (program == programs.end()) return fail(render::Code::unknown_template, fmt::format("no page {}", page));
        liquid::Document given, own;
        const auto root = given.parse(data);
        if (!root.has_value()) return std::unexpected(root.error());
        const auto names = own.parse(own_data(speech, nonce));
        if (!names.has_value()) return std::unexpected(names.error());
        const render::Language language{.right_to_left = speech.is_persian};
        liquid::Budget budget(page_limits);
        liquid::RenderOptions options;
        options.budget = &budget;
        options.partials = &partials;
        options.now = static_cast<double>(to_ms(speech.now)) / 1000;
        options.timezone = speech.timezone;
        options.locale = speech.is_persian ? "fa-IR" : "en";
        options.right_to_left = speech.is_persian;
        options.host = &language;
        const liquid::Value scopes[] = {*names, *root};
        std::string out;
        if (auto done = liquid::render(*program->second, scopes, options, out); !done)
            return fail(render::Code::failed, done.error().located());
        return out;
    }

    const Programs programs_;
    const liquid::Resolver partials_;
};

}  // namespace

Result<std::shared_ptr<const PageSet>> PageSet::make(const render::SiteFiles& files) {
    Programs programs = built_in_programs();
    for (const auto& [path, text] : files)
        if (auto done = add(programs, path, text); !done.has_value()) return std::unexpected(done.error());
    return std::shared_ptr<const PageSet>(std::make_shared<const LoadedPages>(std::move(programs)));
}

}  // namespace chapar::web
