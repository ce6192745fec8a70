#pragma once
// What the texts of [web] must look like: "" when they do, else what was expected. Pure.

#include <string>

namespace chapar::config {

std::string check_base_url(const std::string& text);     // https://m.shop.ir; http only for this machine
std::string check_block(const std::string& text);        // 192.0.2.0/24, 2001:db8::/32, or one address
std::string check_link_host(const std::string& text);    // shop.ir, *.shop.ir
std::string check_secret_name(const std::string& text);  // seal-key, or an absolute path

}  // namespace chapar::config
