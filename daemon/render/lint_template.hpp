#pragma once
// What lint says about one template. Belongs to one call of lint().

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "render/lint.hpp"
#include "render/lint_page.hpp"
#include "render/lint_words.hpp"
#include "render/name_places.hpp"
#include "render/template.hpp"

namespace chapar::render {

/// The variable that a path begins with: of "user.name" and "user[0]" it is "user".
std::string_view root_of(std::string_view path);

/// Looks at one template; findings of shared files come once, whoever uses them.
class TemplateLinter {
  public:
    /// `compiled` as it is sent; `marked`: the same with origins marked.
    TemplateLinter(const Compiled& compiled, const Compiled& marked, const LintTools& tools, std::set<Finding>& out);
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
    void look_at_fields(const Variant& variant);
    void look_at_own_words(const Variant& variant);
    void look_at_words(const Variant& variant, bool is_mail);
    void look_at_sms(const Variant& variant);
    void look_at_dates(const Variant& variant);
    void look_at_fence(const Variant& variant);
    bool look_at_body(const Variant& twin, const PageReport& page);
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
    Input sample_input(const Variant& variant) const;
    bool requires_unsubscribe(std::string_view class_name) const {
        return tools_.unsubscribe_required.contains(class_name);
    }
    SayAt saying(const std::string& path) {
        return [this, path](std::size_t at, std::string_view rule, std::string sentence) {
            report_at(path, at, rule, std::move(sentence));
        };
    }

    const LintTools& tools_;
    const Compiled& compiled_;
    LoadedTemplate loaded_, marked_;
    std::vector<std::string> marked_paths_;
    std::string class_name_;  // of the template: one file says it for all
    std::set<Finding>& out_;
    std::set<std::string_view> silenced_;  // rules, of the variant at hand
    std::map<std::string, NamePlaces> places_;
    std::size_t advice_left_ = 20'000'000;  // steps of comparing names
    std::size_t excerpts_left_ = 8u << 20;  // bytes of lines to show: many findings may stand on one long line
};

}  // namespace chapar::render
