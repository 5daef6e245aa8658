"""Notice that language help is free (45 CFR 92.11), said in each language itself, so not through gettext.

The languages are those that people with limited English in California speak most. No qualified
translator has checked the sentences yet, and the page says so.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Tagline:
    lang: str  # BCP 47
    name: str
    sentence: str
    for_patients: str
    for_others: str
    dir: str = "ltr"


TAGLINES = [
    Tagline(
        "es",
        "Español",
        "Si habla español, tiene a su disposición un intérprete y ayuda en su idioma sin costo. "
        "Llame y diga “español”.",
        "Si ya es paciente",
        "Si no es paciente",
    ),
    Tagline(
        "zh-Hant",
        "繁體中文",
        "如果您說中文，您可以免費獲得口譯和語言協助。請來電並說「Chinese」。",
        "現有患者",
        "非本藥房患者",
    ),
    Tagline(
        "zh-Hans",
        "简体中文",
        "如果您说中文，您可以免费获得口译和语言协助。请来电并说“Chinese”。",
        "现有患者",
        "非本药房患者",
    ),
    Tagline(
        "vi",
        "Tiếng Việt",
        "Nếu quý vị nói tiếng Việt, quý vị được giúp đỡ về ngôn ngữ và có thông dịch viên miễn phí. "
        "Hãy gọi và nói “Vietnamese”.",
        "Nếu đang là bệnh nhân",
        "Nếu chưa là bệnh nhân",
    ),
    Tagline(
        "tl",
        "Tagalog",
        "Kung nagsasalita kayo ng Tagalog, may libreng interpreter at tulong sa wika para sa inyo. "
        "Tumawag at sabihin ang “Tagalog”.",
        "Kung pasyente na",
        "Kung hindi pa pasyente",
    ),
    Tagline(
        "ko",
        "한국어",
        "한국어를 사용하시면 통역과 언어 지원을 무료로 받으실 수 있습니다. "
        "전화하셔서 “Korean”이라고 말씀해 주세요.",
        "현재 환자",
        "환자가 아닌 분",
    ),
    Tagline(
        "hy",
        "Հայերեն",
        "Եթե խոսում եք հայերեն, կարող եք անվճար ստանալ թարգմանչի և լեզվական օգնություն։ "
        "Զանգահարեք և ասեք «Armenian»։",
        "Եթե մեր հիվանդն եք",
        "Եթե մեր հիվանդը չեք",
    ),
    Tagline(
        "fa",
        "فارسی",
        "اگر به فارسی صحبت می‌کنید، مترجم و کمک زبانی رایگان در اختیار شماست. تماس بگیرید و بگویید «Farsi».",
        "اگر بیمار این داروخانه هستید",
        "اگر بیمار این داروخانه نیستید",
        "rtl",
    ),
    Tagline(
        "ru",
        "Русский",
        "Если вы говорите по-русски, вам бесплатно помогут на вашем языке и предоставят переводчика. "
        "Позвоните и скажите «Russian».",
        "Если вы уже наш пациент",
        "Если вы не наш пациент",
    ),
    Tagline(
        "ar",
        "العربية",
        "إذا كنت تتحدث العربية، يتوفر لك مترجم ومساعدة لغوية مجانًا. اتصل وقل «Arabic».",
        "إذا كنت من مرضى الصيدلية",
        "إذا لم تكن من مرضى الصيدلية",
        "rtl",
    ),
    Tagline(
        "ja",
        "日本語",
        "日本語を話される方は、無料で通訳と言語支援をご利用いただけます。お電話で「Japanese」とお伝えください。",
        "現在の患者様",
        "患者でない方",
    ),
    Tagline(
        "pa",
        "ਪੰਜਾਬੀ",
        "ਜੇ ਤੁਸੀਂ ਪੰਜਾਬੀ ਬੋਲਦੇ ਹੋ, ਤਾਂ ਦੁਭਾਸ਼ੀਆ ਅਤੇ ਭਾਸ਼ਾ ਦੀ ਮਦਦ ਤੁਹਾਡੇ ਲਈ ਮੁਫ਼ਤ ਹੈ। ਫ਼ੋਨ ਕਰੋ ਅਤੇ “Punjabi” ਕਹੋ।",
        "ਜੇ ਤੁਸੀਂ ਮਰੀਜ਼ ਹੋ",
        "ਜੇ ਤੁਸੀਂ ਮਰੀਜ਼ ਨਹੀਂ ਹੋ",
    ),
    Tagline(
        "hi",
        "हिन्दी",
        "यदि आप हिन्दी बोलते हैं, तो दुभाषिया और भाषा की सहायता आपके लिए मुफ़्त है। फ़ोन करें और “Hindi” कहें।",
        "यदि आप मरीज़ हैं",
        "यदि आप मरीज़ नहीं हैं",
    ),
    Tagline(
        "km",
        "ខ្មែរ",
        "បើលោកអ្នកនិយាយភាសាខ្មែរ មានអ្នកបកប្រែ និងជំនួយភាសាដោយឥតគិតថ្លៃ។ សូមទូរស័ព្ទ ហើយនិយាយថា “Cambodian”។",
        "បើជាអ្នកជំងឺរបស់យើង",
        "បើមិនមែនជាអ្នកជំងឺរបស់យើង",
    ),
    Tagline(
        "th",
        "ไทย",
        "หากคุณพูดภาษาไทย คุณขอล่ามและความช่วยเหลือด้านภาษาได้โดยไม่เสียค่าใช้จ่าย โทรมาแล้วพูดว่า “Thai”",
        "ผู้ป่วยปัจจุบัน",
        "ผู้ที่ไม่ใช่ผู้ป่วยของเรา",
    ),
    Tagline(
        "hmn",
        "Hmoob",
        "Yog koj hais lus Hmoob, peb muaj neeg txhais lus thiab kev pab txog lus pub dawb rau koj. "
        "Hu tuaj thiab hais tias “Hmong”.",
        "Yog koj yog peb tus neeg mob",
        "Yog koj tsis yog peb tus neeg mob",
    ),
    Tagline(
        "lo",
        "ລາວ",
        "ຖ້າທ່ານເວົ້າພາສາລາວ, ມີນາຍພາສາ ແລະ ການຊ່ວຍເຫຼືອດ້ານພາສາໃຫ້ທ່ານໂດຍບໍ່ເສຍຄ່າ. ກະລຸນາໂທ ແລະ ເວົ້າວ່າ “Lao”.",
        "ຖ້າທ່ານເປັນຄົນເຈັບຂອງພວກເຮົາ",
        "ຖ້າທ່ານບໍ່ແມ່ນຄົນເຈັບຂອງພວກເຮົາ",
    ),
    Tagline(
        "uk",
        "Українська",
        "Якщо ви розмовляєте українською, вам безкоштовно допоможуть вашою мовою та нададуть перекладача. "
        "Зателефонуйте і скажіть «Ukrainian».",
        "Якщо ви вже наш пацієнт",
        "Якщо ви не наш пацієнт",
    ),
    Tagline(
        "pt",
        "Português",
        "Se você fala português, há intérprete e ajuda no seu idioma, sem custo. Ligue e diga “Portuguese”.",
        "Se já é paciente",
        "Se não é paciente",
    ),
]
