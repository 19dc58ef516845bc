#include "live/system_error.h"

#include <cerrno>
#include <system_error>

namespace brokersim::live {
namespace {

FileErrorCode code_of(int error) {
    switch (error) {
        case ENOENT:
        case ENOTDIR:
            return FileErrorCode::not_found;
        case EEXIST:
            return FileErrorCode::exists;
        case ENOSPC:
        case EDQUOT:
            return FileErrorCode::no_space;
        case EMFILE:
        case ENFILE:
        case ENOMEM:
            return FileErrorCode::limit;
        default:
            return FileErrorCode::io;
    }
}

}  // namespace

FileError system_error(const std::string& path) {
    const int error = errno;
    return {code_of(error), path + ": " + std::generic_category().message(error)};
}

}  // namespace brokersim::live
