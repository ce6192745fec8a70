#pragma once
// What links.hpp does with one link, whatever text it stands in. Pure; one judge for one text.

#include <map>
#include <string>
#include <string_view>

#include "engage/links.hpp"

namespace chapar::engage {

class LinkJudge {
  public:
    explicit LinkJudge(const LinkRules& rules);
    /// Links of another text of the same message; they keep their numbers, and what was turned off stays so.
    void know(std::span<const Link> links);
    /// Decides about the link at [begin, end) whose address is `href` without entities.
    Link judge(std::size_t begin, std::size_t end, std::string_view href, std::string_view name);
    /// One that its author turned off.
    Link turn_off(std::size_t begin, std::size_t end, std::string_view href) const;

  private:
    LinkFate decide(const Destination& destination) const;
    const LinkRules& rules_;
    std::vector<std::string> as_written_;                        // as Destination::url
    std::map<std::string, std::uint16_t, std::less<>> numbers_;  // of the other text
    std::map<std::string, bool, std::less<>> turned_off_;
    std::map<std::string, std::string, std::less<>> parameters_of_;  // of the other text: by plain, the destination
    std::uint32_t next_ = 0;
};

/// `source` with the addresses of its rewritten links replaced, and `inserted` at `insert_at`.
std::string replace_links(std::string_view source, std::span<const Link> links, const LinkWriter& write,
                          std::size_t insert_at = 0, std::string_view inserted = {});

}  // namespace chapar::engage
