#pragma once
// What lint says about one template. Belongs to one call of lint().

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "render/lint.hpp"
#include "render/name_places.hpp"
#include "render/template.hpp"

namespace chapar::render {

/// Looks at one template; findings of shared files come once, whoever uses them.
class TemplateLinter {
  public:
    /// `compiled` as it is sent; `marked`: the same with origins marked.
    TemplateLinter(const Compiled& compiled, const Compiled& marked, std::set<Finding>& out);
    void run();

  private:
    void look(const CompiledChannel& channel, const Variant& variant);
    void look_at_silence(const Variant& variant);
    void look_at_names(const Variant& variant);
    void look_at_required(const Variant& variant);
    void look_at_samples(const Variant& variant);
    void look_at_unsubscribe(const Variant& variant);
    void look_at_translations(const Variant& variant);
    void look_at_result(const Variant& variant);
    void look_at_page(const Variant& variant, std::size_t channel, std::size_t index);
    void look_at_blocks(const Variant& variant);
    void look_at_raw(const Variant& variant);
    void look_at_quotes(const Variant& variant);
    void report(const std::string& file, Place place, std::string_view rule, std::string sentence);
    void report_at(const std::string& file, std::size_t offset, std::string_view rule, std::string sentence);

    std::string own(const Variant& variant) const { return compiled_.name + "/" + variant.file; }
    /// Every program that may write a part of this variant, once.
    std::vector<const liquid::Program*> programs(const Variant& variant) const;
    std::string_view source_of(const std::string& path) const;
    NamePlaces& places(const std::string& path);
    Result<Rendered> render(const LoadedTemplate& loaded, const Variant& variant) const;

    const Compiled& compiled_;
    LoadedTemplate loaded_, marked_;
    std::vector<std::string> marked_paths_;
    std::set<Finding>& out_;
    std::set<std::string_view> silenced_;  // rules, of the variant at hand
    std::map<std::string, NamePlaces> places_;
    std::size_t advice_left_ = 20'000'000;  // steps of comparing names
    std::size_t excerpts_left_ = 8u << 20;  // bytes of lines to show: many findings may stand on one long line
};

}  // namespace chapar::render
