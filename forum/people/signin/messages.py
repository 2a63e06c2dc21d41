"""Flask-Security's messages in Korean. Those of disabled features (two-factor, passkeys, …) are left out."""

from __future__ import annotations

ERROR, INFO, SUCCESS = "error", "info", "success"

MESSAGES = {
    "API_ERROR": ("입력한 내용을 이해하지 못했어요.", ERROR),
    "GENERIC_AUTHN_FAILED": ("이메일이나 비밀번호가 맞지 않아요. 다시 확인해 주세요.", ERROR),
    "GENERIC_RECOVERY": ("가입된 주소라면 비밀번호를 새로 정하는 방법을 메일로 보냈어요.", INFO),
    "UNAUTHORIZED": ("이 화면을 볼 권한이 없어요.", ERROR),
    "UNAUTHENTICATED": ("로그인해 주세요.", ERROR),
    "REAUTHENTICATION_REQUIRED": ("안전을 위해 다시 로그인해 주세요.", ERROR),
    "CONFIRM_REGISTRATION": ("%(email)s 주소로 메일을 보냈어요. 메일에 있는 링크를 눌러 주세요.", SUCCESS),
    "EMAIL_CONFIRMED": ("이메일 주소를 확인했어요. 이제 제안하고 투표할 수 있어요.", SUCCESS),
    "ALREADY_CONFIRMED": ("이미 확인한 이메일 주소예요.", INFO),
    "INVALID_CONFIRMATION_TOKEN": ("쓸 수 없는 확인 링크예요. 아래에서 확인 메일을 다시 받아 주세요.", ERROR),
    "EMAIL_ALREADY_ASSOCIATED": ("이 주소로는 가입할 수 없어요.", ERROR),
    "PASSWORD_MISMATCH": ("비밀번호가 서로 달라요.", ERROR),
    "RETYPE_PASSWORD_MISMATCH": ("두 비밀번호가 서로 달라요. 똑같이 입력해 주세요.", ERROR),
    "INVALID_REDIRECT": ("다른 누리집으로는 이동하지 않아요.", ERROR),
    "PASSWORD_RESET_REQUEST": (
        "%(email)s 주소로 가입했다면 비밀번호를 새로 정하는 메일이 가요. 30분 안에 열어 주세요.",
        INFO,
    ),
    "PASSWORD_RESET_EXPIRED": ("링크를 쓸 수 있는 30분이 지났어요. 메일을 다시 받아 주세요.", ERROR),
    "INVALID_RESET_PASSWORD_TOKEN": ("이미 썼거나 쓸 수 없는 링크예요. 메일을 다시 받아 주세요.", ERROR),
    "CONFIRMATION_REQUIRED": ("이메일 주소를 먼저 확인해 주세요.", ERROR),
    "CONFIRMATION_REQUEST": (
        "%(email)s 주소가 아직 확인되지 않은 계정의 것이라면 확인 메일이 가요. 메일함을 열어 보세요.",
        INFO,
    ),
    "CONFIRMATION_EXPIRED": ("확인 링크를 쓸 수 있는 사흘이 지났어요. 메일을 다시 받아 주세요.", ERROR),
    "DISABLED_ACCOUNT": ("지금은 쓸 수 없는 계정이에요.", ERROR),
    "EMAIL_NOT_PROVIDED": ("이메일을 입력해 주세요.", ERROR),
    "INVALID_EMAIL_ADDRESS": ("이메일 주소를 다시 확인해 주세요. 예: name@example.kr", ERROR),
    "INVALID_INPUT": ("입력한 내용을 다시 확인해 주세요.", ERROR),
    "PASSWORD_NOT_PROVIDED": ("비밀번호를 입력해 주세요.", ERROR),
    "PASSWORD_INVALID_LENGTH": ("비밀번호는 %(length)s자 이상이어야 해요.", ERROR),
    "PASSWORD_TOO_SIMPLE": ("쉽게 뚫리는 비밀번호예요. 다른 비밀번호를 정해 주세요.", ERROR),
    "USER_DOES_NOT_EXIST": ("이메일이나 비밀번호가 맞지 않아요.", ERROR),
    "INVALID_PASSWORD": ("비밀번호가 맞지 않아요.", ERROR),
    "FORGOT_PASSWORD": ("비밀번호를 잊었나요?", INFO),
    "PASSWORD_RESET": ("비밀번호를 바꾸었어요.", SUCCESS),
    "PASSWORD_RESET_NO_LOGIN": ("비밀번호를 바꾸었어요. 새 비밀번호로 로그인해 주세요.", SUCCESS),
    "PASSWORD_IS_THE_SAME": ("지금 쓰는 비밀번호와 다른 것으로 정해 주세요.", ERROR),
    "PASSWORD_CHANGE": ("비밀번호를 바꾸었어요. 다른 기기에서는 다시 로그인해야 해요.", SUCCESS),
    "LOGIN": ("로그인해 주세요.", INFO),
    "REFRESH": ("안전을 위해 다시 로그인해 주세요.", INFO),
    "ANONYMOUS_USER_REQUIRED": ("이미 로그인했어요.", ERROR),
}

SUBJECTS = {
    "CONFIRM": "이메일 주소를 확인해 주세요",
    "PASSWORD_RESET": "비밀번호를 새로 정하는 링크예요",
    "PASSWORD_NOTICE": "비밀번호가 바뀌었어요",
    "PASSWORD_CHANGE_NOTICE": "비밀번호가 바뀌었어요",
}
