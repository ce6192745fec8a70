#pragma once
// Whether a message's links and pictures are counted, who decided it, and which links those are: as `chapar explain`
// and the API tell it. On a reader thread.

#include <optional>
#include <string>
#include <vector>

#include "engage/tracking.hpp"
#include "ingress/story.hpp"
#include "store/engagement.hpp"

namespace chapar::ingress {

struct Deps;

/// One link that is counted, by its number in the reports.
struct CountedLink {
    std::uint16_t number = 0;
    std::string address;
};

struct MessageTracking {
    engage::Tracking mode = engage::Tracking::none;
    /// Who decided; `site`: it has no address that links could lead over.
    enum class By : std::uint8_t { of_class, application, copies, person, site } by = By::site;
    bool is_past = false;  // it was so when the message left; else it is what would be done now
    std::string sentence;
    std::optional<std::vector<CountedLink>> links;  // absent: nobody asked, or `links_unknown` says why not
    std::string links_unknown;
};

/// By the configuration of now, and by what the person had said when it left. Nothing: it never leaves, or its channel
/// has neither links nor pictures. `with_links` renders the message.
Result<std::optional<MessageTracking>> tracking_of(const Deps& deps, const store::Record& record,
                                                   model::Language language, bool with_links);

/// {"mode", "by", "past", "sentence", "links": [{"number", "address"}], "links_unknown"}
std::string tracking_json(const MessageTracking& tracking);
/// The same as lines for a person.
std::vector<std::string> tracking_lines(const MessageTracking& tracking, model::Language language);
/// How often it was opened and clicked, all beside those of people; nothing where nobody did.
std::vector<std::string> engagement_lines(const store::Engagement& engagement, model::Language language);

}  // namespace chapar::ingress
