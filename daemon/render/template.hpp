#pragma once
// A template that is ready to render: programs, required variables and its bundle. Immutable; thread-safe.

#include <memory>
#include <string>
#include <string_view>

#include "render/catalogue.hpp"
#include "render/compiled.hpp"
#include "render/data_links.hpp"
#include "render/data_shape.hpp"

namespace chapar::render {

class LoadedTemplate final : public Template {
  public:
    explicit LoadedTemplate(Compiled compiled);
    LoadedTemplate(const LoadedTemplate&) = delete;  // the resolvers look into it
    LoadedTemplate& operator=(const LoadedTemplate&) = delete;
    const std::string& name() const override { return compiled_.name; }
    const std::string& revision() const override { return info_.revision; }
    const std::string& bundle() const override { return bundle_; }
    bool has_channel(std::string_view channel) const override { return compiled_.channel(channel) != nullptr; }
    const TemplateInfo& info() const override { return info_; }
    std::optional<std::string> missing_variable(std::string_view channel, std::string_view data_json) const override;
    std::vector<std::string> missing_variables(std::string_view channel, std::string_view data_json) const override;
    std::string fixed_part(std::string_view channel, std::string_view locale, std::string_view part) const override;
    std::vector<Contradiction> contradictions(std::string_view channel, std::string_view data_json) const override;
    DataFlaws data_flaws(std::string_view channel, std::string_view data_json, bool asks) const override;
    bool has_part(std::string_view channel, std::string_view locale, std::string_view part) const override;
    bool shows_unsubscribe(std::string_view channel, std::string_view locale) const override;
    std::optional<bool> short_links(std::string_view channel, std::string_view locale) const override;
    Result<Rendered> render(std::string_view channel, const Input& input) const override;

    const Compiled& compiled() const { return compiled_; }
    /// Everything that goes wrong with `input`, not only the first: for lint.
    std::vector<Error> problems_of(const Variant& variant, const Input& input) const;
    /// As `render`, for a variant of this template. `strict`: an undefined variable is an error too.
    Result<Rendered> render_variant(const Variant& variant, const Input& input, bool strict = false) const;

  private:
    Result<Rendered> render_noting(const Variant& variant, const Input& input, bool strict,
                                   std::vector<liquid::Problem>* problems) const;
    Compiled compiled_;
    std::string bundle_;
    TemplateInfo info_;
    std::map<std::string, std::vector<std::string>, std::less<>> required_;    // by channel
    std::map<std::string, DataShape, std::less<>> shapes_;                     // of the data, by channel
    std::map<std::string, std::vector<liquid::LinkPath>, std::less<>> links_;  // that the data begins, by channel
    void note_links(const std::string& channel, const Variant& variant);
    liquid::Resolver html_resolver_, text_resolver_;
};

/// Those of `paths` ("user.name") that the object in `json` does not have, or has as null or blank.
std::vector<std::string> all_missing(const std::vector<std::string>& paths, std::string_view json);
/// The first of them.
std::optional<std::string> first_missing(const std::vector<std::string>& paths, std::string_view json);

}  // namespace chapar::render
