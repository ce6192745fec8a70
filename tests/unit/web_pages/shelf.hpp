#pragma once
// A catalogue of the templates that forms ask for.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "render/catalogue.hpp"

namespace chapar::web::test {

/// Templates by name, each with mail and SMS.
class Shelf final : public render::Catalogue {
  public:
    std::vector<std::string> reload() override { return {}; }
    std::shared_ptr<const render::Template> find(std::string_view name) const override {
        return name == "confirm-subscription" || name == "subscribed" ? book_ : nullptr;
    }
    std::vector<render::TemplateInfo> list() const override { return {}; }
    Result<std::shared_ptr<const render::Template>> pinned(std::string_view name, std::string_view) override {
        return find(name);
    }

  private:
    class Both final : public render::Template {
      public:
        const std::string& name() const override { return text_; }
        const std::string& revision() const override { return text_; }
        const std::string& bundle() const override { return text_; }
        bool has_channel(std::string_view channel) const override { return channel == "email" || channel == "sms"; }
        const render::TemplateInfo& info() const override { return info_; }
        std::optional<std::string> missing_variable(std::string_view, std::string_view) const override { return {}; }
        Result<render::Rendered> render(std::string_view, const render::Input&) const override {
            return render::Rendered{};
        }

      private:
        std::string text_;
        render::TemplateInfo info_;
    };
    std::shared_ptr<const render::Template> book_ = std::make_shared<Both>();
};

}  // namespace chapar::web::test
