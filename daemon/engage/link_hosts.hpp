#pragma once
// Which hosts a template's author wrote, as opposed to what data put there. Pure; any thread.
//
// A link of a rendered mail is trusted by its host as a browser will read it, not by where its bytes came from:
// "https://shop.ir{{ path }}" with the path ".evil.example" leads to a host that no literal names. So nothing has to be
// followed through the rendering, and what a layout, a partial or MJML made of the text does not matter.

#include <string>
#include <string_view>
#include <vector>

namespace chapar::engage {

/// The hosts that follow "http://" or "https://" in the source of a template, a layout or a partial: in its text and in
/// the literals of its outputs and tags, not in its comments. As comparable_host() makes them; ascending, no doubles.
std::vector<std::string> literal_hosts(std::string_view source);

/// Those of a template at one revision (Template::bundle()): its channel files, its layouts, its partials and its
/// translations. What the front matter has as a template of its own (`text`, `subject`) counts, its `sample` does not.
/// Once for each revision, not for each message.
std::vector<std::string> bundle_hosts(std::string_view bundle);

/// `more` merged into `hosts`; ascending, no doubles.
void merge_hosts(std::vector<std::string>& hosts, std::vector<std::string> more);

}  // namespace chapar::engage
