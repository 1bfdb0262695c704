#include "engine/remote/feeds/revocation_file.h"

#include <utility>

#include "engine/base/limits.h"

namespace assay::feeds {
namespace {

constexpr std::int64_t kSettledSeconds = 2;

bool SameFile(const FileState& a, const FileState& b) { return a.device == b.device && a.inode == b.inode; }

}  // namespace

Result<std::optional<std::string>> RevocationFile::ReadIfChanged(std::int64_t now) {
  Result<File> file = File::Open(path_);
  if (!file) return Error{file.error()};
  if (known_) {
    const FileState& known = known_->file.state();
    if (known_->settled && file->state() == known) return std::optional<std::string>();
    if (SameFile(file->state(), known) && file->state().size < known.size) {
      return Error{path_ + ": became shorter in place; replace it by rename"};
    }
  }
  Result<std::string> text = file->Read(kMaxRevocationFileBytes);
  if (!text) return Error{text.error()};
  const bool settled = file->state().changed_s < now - kSettledSeconds;
  read_ = Known{std::move(*file), settled};
  return std::optional<std::string>(std::move(*text));
}

void RevocationFile::Installed() {
  if (read_) known_ = std::exchange(read_, std::nullopt);
}

}  // namespace assay::feeds
