#pragma once
// The site's pages: Liquid files of the template folder ("_pages/NAME.liquid"), each of which is built in, too, so that
// no installation is without them. A set is whole: all of its files parse, or there is none. Immutable; any thread.

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "render/catalogue.hpp"

namespace chapar::web {

/// How a page speaks.
struct PageSpeech {
    bool is_persian = true;
    std::string timezone;  // IANA; of the dates that it shows
    Timestamp now{};
    std::string_view language() const { return is_persian ? "fa" : "en"; }
};

class PageSet {
  public:
    virtual ~PageSet() = default;
    /// `data`: a JSON object. The page itself sees `lang`, `dir` and `nonce` besides. A page of the folder that fails
    /// while it is rendered is replaced by the built-in one, which says so in `trouble`.
    virtual std::string render(std::string_view page, const PageSpeech& speech, std::string_view nonce,
                               std::string_view data, std::string& trouble) const = 0;

    /// `files`: as Catalogue::site_files answers them. The error names file, line and column.
    static Result<std::shared_ptr<const PageSet>> make(const render::SiteFiles& files);
};

/// "_pages/NAME.liquid" and its text.
struct BuiltInPage {
    std::string_view path, text;
};
std::vector<BuiltInPage> built_in_pages();

}  // namespace chapar::web
