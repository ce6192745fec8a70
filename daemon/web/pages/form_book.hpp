#pragma once
// The forms in use: files of the template folder, replaced whole or not at all. Any thread.

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "config/form_settings.hpp"
#include "config/settings.hpp"
#include "render/catalogue.hpp"

namespace chapar::web {

struct SubscriptionForm {
    config::FormSettings settings;
    /// Of what is agreed to: application, topics and wording. What else is changed leaves open confirmations good.
    std::string revision;

    bool takes(std::string_view channel) const;
};

class FormBook {
  public:
    using Forms = std::map<std::string, SubscriptionForm, std::less<>>;

    /// nullptr: there is none of this name. The form stays as it is while somebody holds it.
    std::shared_ptr<const SubscriptionForm> find(std::string_view name) const;
    /// What is wrong, a sentence a line; empty: they are in use from here on. Else the ones before stay, all of them.
    std::string use(const render::SiteFiles& files, const config::Settings& settings,
                    const render::Catalogue& catalogue);

  private:
    std::shared_ptr<const Forms> forms_ = std::make_shared<const Forms>();
};

}  // namespace chapar::web
